"""Signing in by a code sent to a phone. The same steps open an account for a number that has none."""

from __future__ import annotations

import secrets
import time
from typing import Self

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront.baskets import adopt_guest_basket
from sokopesa.notices import actions as notices
from sokopesa.notices.words import SIGN_IN_CODE
from sokopesa.people import actions as people
from sokopesa.people.queries import language_of


class SignIn(LoginCodeVerificationProcess):
    """One attempt to sign in, kept in the visitor's session until the code is typed.

    allauth knows logins by code only of people who exist. Here the person is looked up, or comes to exist, when the
    code is right: until then a number that somebody typed is nobody's account, and a page cannot tell whether it is.
    """

    @classmethod
    def begin(cls, request: HttpRequest, *, phone: str) -> Self:
        """Send a code to the MSISDN. A code sent to it by this browser that still works is sent again."""
        pending = cls.pending(request)
        if pending and pending.phone == phone and pending.is_valid():
            pending.resend()
            return pending
        login = Login(phone=phone, state={"stages": {"current": LoginByCodeStage.key}})
        process = cls(LoginByCodeStage(LoginStageController(request, login), request, login))
        process.state.update(
            cls.initial_state(user=None, phone=phone),
            initiated_by_user=True,
            code=get_adapter().generate_login_code(),
            key=secrets.token_hex(8),
        )
        process.send()
        process.persist()
        return process

    @classmethod
    def pending(cls, request: HttpRequest) -> Self | None:
        """The attempt under way in this browser, also when its code has expired."""
        stage = LoginStageController.enter(request, LoginByCodeStage.key)
        return cls(stage) if stage else None

    @property
    def phone(self) -> str:
        """The MSISDN that the code went to."""
        return str(self.state["phone"])

    @property
    def key(self) -> str:
        """What tells this code from every other: limits on tries and notices go by it."""
        return str(self.state["key"])

    @property
    def tries_left(self) -> int:
        """How many more wrong codes are taken."""
        return int(self.max_attempts) - int(self.state["failed_attempts"])

    def matches(self, code: str) -> bool:
        """Whether these six digits are the ones we sent."""
        return secrets.compare_digest(code.encode(), self.code.encode())

    def send(self, skip_enumeration_mails: bool = False) -> None:
        minutes = app_settings.LOGIN_BY_CODE_TIMEOUT // 60
        words = {"code": self.code, "site": CONFIGURATION.site_name, "minutes": minutes}
        notices.send(
            to=self.phone,
            text=SIGN_IN_CODE.in_sms(language_of(self.phone), words),
            kind=SIGN_IN_CODE.name,
            key=f"sign-in:{self.key}:{self.state['resend_count']}",
            urgent=True,
        )

    def resend(self) -> None:
        """Send the same code once more, good for its full time again: an SMS that comes late is then right too."""
        self.record_resend()
        self.state["at"] = time.time()
        self.send()
        self.persist()

    @transaction.atomic
    def finish(self, redirect_url: str | None) -> HttpResponse:
        """The code was right: sign the person in and go on to ``redirect_url``."""
        self._user = people.account_of(phone=self.phone)
        response: HttpResponse = super().finish(redirect_url)
        adopt_guest_basket(self.request)
        return response
