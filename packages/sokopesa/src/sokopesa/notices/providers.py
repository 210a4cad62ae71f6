"""Who carries our SMS. Each provider is a class with one method; the operator picks one by name."""

from __future__ import annotations

from typing import Protocol

import httpx
import structlog

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.errors import NotDelivered

log = structlog.get_logger(__name__)


class Provider(Protocol):
    """Carries a text to a phone."""

    def send(self, *, to: str, text: str) -> None:
        """Send ``text`` to the MSISDN ``to``.

        Raises:
            NotDelivered: it was not taken.
        """


class SimulatorSms:
    """The simulated network: the text appears on the simulated phone."""

    def send(self, *, to: str, text: str) -> None:
        message = {"to": to, "from": CONFIGURATION.sms_sender, "text": text}
        try:
            answer = httpx.post(f"{CONFIGURATION.sms_simulator_url}/simulator/v1/messages", json=message, timeout=10)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise NotDelivered(f"simulator: {error}") from error


class LoggedSms:
    """Development without a phone: only the fact is logged, for the text may hold a sign-in code."""

    def send(self, *, to: str, text: str) -> None:
        log.info("sms_not_sent_no_provider", to=to[:6] + "***", length=len(text))


def provider() -> Provider:
    """The provider that the operator chose."""
    return SimulatorSms() if CONFIGURATION.sms_provider == "simulator" else LoggedSms()
