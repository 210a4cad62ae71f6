"""Who carries our SMS. Each provider is a class with one method; the operator picks one by name."""

from __future__ import annotations

from typing import Protocol

import httpx
import structlog

from sokopesa.configuration import CONFIGURATION
from sokopesa.notices.errors import NeverDelivered, NotDelivered, ProviderRefusesUs

log = structlog.get_logger(__name__)


class Provider(Protocol):
    """Carries a text to a phone."""

    def send(self, *, to: str, text: str) -> None:
        """Send ``text`` to the MSISDN ``to``.

        Raises:
            NotDelivered: it was not taken, or no answer says that it was.
        """

    def close(self) -> None:
        """Hang up. Nothing is sent afterwards."""


class _OverHttp:
    """Keeps its lines open from one text to the next. Safe to share among threads."""

    def __init__(self, *, timeout: float) -> None:
        # A line that was idle for longer may be cut at the moment at which we use it.
        self._http = httpx.Client(timeout=timeout, limits=httpx.Limits(keepalive_expiry=2.0))

    def close(self) -> None:
        self._http.close()


class SimulatorSms(_OverHttp):
    """The simulated network: the text appears on the simulated phone."""

    def __init__(self) -> None:
        super().__init__(timeout=10)

    def send(self, *, to: str, text: str) -> None:
        message = {"to": to, "from": CONFIGURATION.sms_sender, "text": text}
        try:
            answer = self._http.post(f"{CONFIGURATION.sms_simulator_url}/simulator/v1/messages", json=message)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise NotDelivered(f"simulator: {error}") from error


class AfricasTalking(_OverHttp):
    """Africa's Talking's bulk SMS, which reaches every Kenyan network. Its sandbox has the user name ``sandbox``.

    It answers 201 with a code for each recipient, or, where it takes nothing from us at all, with no recipients and the
    reason as ``Message``; 401 in plain text if user name and key do not belong together.
    """

    def __init__(self) -> None:
        super().__init__(timeout=20)

    def send(self, *, to: str, text: str) -> None:
        form = {"username": CONFIGURATION.africastalking_username, "to": f"+{to}", "message": text}
        if CONFIGURATION.sms_sender:
            form["from"] = CONFIGURATION.sms_sender
        headers = {"apiKey": CONFIGURATION.africastalking_key.get_secret_value(), "Accept": "application/json"}
        address = f"{CONFIGURATION.africastalking_url}/version1/messaging"
        try:
            answer = self._http.post(address, data=form, headers=headers)
            if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                raise ProviderRefusesUs(f"Africa's Talking: {answer.status_code} {answer.text[:100]}")
            answer.raise_for_status()
            said = answer.json()["SMSMessageData"]
            codes = [int(recipient["statusCode"]) for recipient in said["Recipients"]]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise NotDelivered(f"Africa's Talking: {error!r}") from error
        _judge(codes, str(said.get("Message", "")))


_TAKEN = {100: "Processed", 101: "Sent", 102: "Queued"}
_OUR_FAULT = {402: "InvalidSenderId", 405: "InsufficientBalance"}
_NEVER = {403: "InvalidPhoneNumber", 404: "UnsupportedNumberType", 406: "UserInBlacklist", 409: "DoNotDisturbRejection"}
_PASSING = {
    401: "RiskHold",
    407: "CouldNotRoute",
    500: "InternalServerError",
    501: "GatewayError",
    502: "RejectedByGateway",
}


def _judge(codes: list[int], message: str) -> None:
    """What Africa's Talking's answer about one recipient means; returns if it took the text."""
    if not codes:
        refusal = ProviderRefusesUs if message in _OUR_FAULT.values() else NotDelivered
        raise refusal(f"Africa's Talking: {message or 'no recipients'}")
    for code in codes:
        if code in _OUR_FAULT:
            raise ProviderRefusesUs(f"Africa's Talking: {code} {_OUR_FAULT[code]}")
        if code in _NEVER:
            raise NeverDelivered(f"Africa's Talking: {code} {_NEVER[code]}")
        if code not in _TAKEN:
            raise NotDelivered(f"Africa's Talking: {code} {_PASSING.get(code, '')}".rstrip())


class LoggedSms:
    """Development without a phone: only the fact is logged, for the text may hold a sign-in code."""

    def send(self, *, to: str, text: str) -> None:
        log.info("sms_not_sent_no_provider", to=to[:6] + "***", length=len(text))

    def close(self) -> None:
        pass


def provider() -> Provider:
    """The provider that the operator chose, newly made; whoever asks for it closes it."""
    match CONFIGURATION.sms_provider:
        case "simulator":
            return SimulatorSms()
        case "africastalking":
            return AfricasTalking()
        case _:
            return LoggedSms()
