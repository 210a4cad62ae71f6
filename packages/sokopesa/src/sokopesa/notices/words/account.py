"""Signing in, and proving an e-mail address."""

from __future__ import annotations

from sokopesa.notices.events import Event, Group
from sokopesa.notices.languages import Both

SIGN_IN_CODE = Event(
    "sign-in-code",
    Group.CODES,
    subject=Both("Your code", "Msimbo wako"),
    sms=Both(
        "{code} is your {site} code. It works for {minutes} minutes. We never ask for your M-PESA PIN.",
        "{code} ni msimbo wako wa {site}. Unatumika kwa dakika {minutes}. Hatuulizi PIN yako ya M-PESA kamwe.",
    ),
)

CONFIRM_EMAIL = Event(
    "confirm-email",
    Group.CODES,
    subject=Both("Confirm your e-mail address for {site}", "Thibitisha barua pepe yako ya {site}"),
    sms=Both(
        "To have {site} write to this address, open the link below within {days}, signed in.",
        "Ili {site} ikuandikie kwa anwani hii, fungua kiungo hapa chini ndani ya {days}, ukiwa umeingia.",
    ),
    more=Both(
        "{link}\n\nIf you did not ask for this, do nothing: we will not write to you again.",
        "{link}\n\nKama hukuomba hili, usifanye lolote: hatutakuandikia tena.",
    ),
)
"""Only ever a letter: it goes to the address that it asks about."""

SECOND_FACTOR_ADDED = Event(
    "second-factor-added",
    Group.CODES,
    subject=Both("A second factor was added", "Uthibitisho wa pili umeongezwa"),
    sms=Both(
        "{site}: an authenticator app was added to your account. If it was not you, tell us at once.",
        "{site}: programu ya misimbo imeongezwa kwa akaunti yako. Kama si wewe, tuambie mara moja.",
    ),
)

SECOND_FACTOR_REMOVED = Event(
    "second-factor-removed",
    Group.CODES,
    subject=Both("Your second factor was removed", "Uthibitisho wako wa pili umeondolewa"),
    sms=Both(
        "{site}: the authenticator app was removed from your account. If you did not ask for it, tell us at once.",
        "{site}: programu ya misimbo imeondolewa kwa akaunti yako. Kama hukuomba, tuambie mara moja.",
    ),
)
"""Also when an operator has reset it."""
