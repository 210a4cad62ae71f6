"""What an HTTP answer of M-PESA means: accepted, refused (and by whose fault), or impossible to tell.

M-PESA's error codes are overloaded (`500.001.1001` has five meanings), use odd statuses (404 for a bad token),
differ between products and sometimes come with HTTP 200, so the code and its text decide, then the status.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn

from daraja.errors import (
    AlreadyRegistered,
    DarajaError,
    Details,
    DuplicateRequest,
    OutcomeUnknown,
    Refused,
    RejectedField,
    SubscriberBusy,
    SystemBusy,
    Throttled,
    TokenRejected,
    WrongCredentials,
)
from daraja.reading import read_text

_YES = frozenset({"0", "00", "00000000"})
"""What most products write as `ResponseCode` when they accept."""

_TOKEN_CODES = frozenset({"404.001.03", "400.003.01", "401.001", "401.002.01", "401.003.01", "401"})
_PHONE = re.compile(r"(?<!\d)(254[17])\d{5}(\d{3})(?!\d)")
_BY_WORDS: tuple[tuple[str, type[Refused]], ...] = (
    ("invalid authentication", WrongCredentials),
    ("invalid grant type", WrongCredentials),
    ("merchant does not exist", WrongCredentials),
    ("wrong credentials", WrongCredentials),
    ("unable to lock subscriber", SubscriberBusy),
    ("duplicate originatorconversationid", DuplicateRequest),
    ("already registered", AlreadyRegistered),
    ("system is busy", SystemBusy),
    ("under maintenance", SystemBusy),
    ("no iccid found", Refused),
)
_THROTTLED = ("spike arrest", "quota violation")
_ECHOED_TOKEN = re.compile(r"(?i)(access token - )(?!invalid api call)\S+")
_INVALID_FIELD = re.compile(r"(?i)\binvalid\s+(\w+)\s*$")
_ERROR_STATUS = re.compile(r"[45]\d\d", re.ASCII)
_LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Reply:
    """An HTTP answer: its status, its body and, where the server said so, how many seconds to wait."""

    status: int
    body: bytes
    retry_after: float | None = None

    def message(self) -> dict[str, object] | None:
        """The JSON object in the body, or None if there is none."""
        try:
            message = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) else None

    def accepted(self, *yes: str) -> dict[str, object]:
        """The body of an answer that says yes, by one of these codes if the product has its own.

        Raises what the answer means if it does not.
        """
        message = self.message()
        error = refusal(self, message, yes)
        if error is not None:
            raise error
        if message is None:
            raise OutcomeUnknown(
                "M-PESA answered, but not in a form that can be read.", http_status=self.status, raw=self.text()
            )
        return message

    def refused(self, code: str, text: str | None) -> DarajaError:
        """The error that a product's own code and text stand for."""
        return _classify(self, code, _discreet_text(text or ""), self.message() or {})

    def unclear(self, message: str) -> NoReturn:
        """Raise `OutcomeUnknown` for an answer that lacks what would make it usable."""
        raw = _discreet_object(self.message() or {}) or self.text()
        raise OutcomeUnknown(message, http_status=self.status, raw=raw)

    def text(self) -> str:
        """The body as text, shortened, without any token that M-PESA echoed."""
        return _discreet_text(self.body.decode("utf-8", "replace"))[:_LONGEST_TEXT]


def _discreet_object(message: Mapping[str, object]) -> dict[str, object]:
    """A message without access tokens (some error texts repeat them) and without whole phone numbers."""
    return {key: _discreet(value) for key, value in message.items()}


def _discreet(value: object) -> object:
    if isinstance(value, str):
        return _discreet_text(value)
    if isinstance(value, int):
        return value if _PHONE.fullmatch(str(value)) is None else _discreet_text(str(value))
    if isinstance(value, dict):
        return _discreet_object(value)
    return [_discreet(part) for part in value] if isinstance(value, list) else value


def _discreet_text(text: str) -> str:
    return _PHONE.sub(r"\1*****\2", _ECHOED_TOKEN.sub(r"\1[hidden]", text))


def first_text(message: Mapping[str, object], *names: str) -> str | None:
    """The first of these keys that holds text or a number, as text."""
    for name in names:
        if (value := read_text(message.get(name))) is not None:
            return value
    return None


_OWN_WORDS = ("ResponseDescription", "ResponseMessage", "responseDesc", "Status_Message", "resmsg")
"""Where products put their reasons, with a success status or (Bill Manager, the identity checks) with an error's."""


def refusal(reply: Reply, message: dict[str, object] | None, yes: Collection[str] = ()) -> DarajaError | None:
    """The error that an answer stands for, or None if it does not say no."""
    envelope = message or {}
    code = first_text(envelope, "errorCode", "ErrorCode")
    text = first_text(envelope, "errorMessage", "ErrorMessage")
    fault = envelope.get("fault")
    if isinstance(fault, Mapping):
        detail = fault.get("detail")
        code = first_text(detail, "errorcode") if isinstance(detail, Mapping) else None
        text = first_text(fault, "faultstring")
    if code is None and 200 <= reply.status < 300:
        code = first_text(
            envelope, "ResponseCode", "responseCode", "rescode", "code", "ResponseStatus", "Response Status"
        )
        if message is None or code is None or code in (yes or _YES):
            return None
        text = first_text(envelope, *_OWN_WORDS, "status")
    return _classify(reply, code or "", _discreet_text(text or first_text(envelope, *_OWN_WORDS) or ""), envelope)


def _classify(reply: Reply, code: str, text: str, envelope: dict[str, object]) -> DarajaError:
    details = Details(
        http_status=reply.status,
        error_code=code or None,
        request_id=first_text(envelope, "requestId", "RequestID", "requestID"),
        raw=_discreet_object(envelope) or reply.text(),
    )
    words = text.lower()
    status = _status(reply.status, code)
    if code in _TOKEN_CODES or "invalid access token" in words:
        advice = " Is this API added to the app on the portal?" if "apiproduct" in words else ""
        return TokenRejected((text or "M-PESA did not accept the access token.") + advice, **details)
    for phrase, error in _BY_WORDS:
        if phrase in words:
            return error(text, **details)
    if status == 429 or "ratelimit" in code.lower() or any(phrase in words for phrase in _THROTTLED):
        return Throttled(text or "Too many requests.", retry_after=reply.retry_after, **details)
    if 200 <= status < 300 and not _is_error(envelope):
        return Refused(text or "M-PESA refused the request.", **details)
    if 400 <= status < 500 and status != 408:
        return _client_error(status, text, details)
    return OutcomeUnknown(text or f"M-PESA answered HTTP {reply.status} without saying what happened.", **details)


def _client_error(status: int, text: str, details: Details) -> Refused:
    if status in (401, 403) and details.get("error_code"):
        return WrongCredentials(text or "M-PESA does not let this app do this.", **details)
    if field := _INVALID_FIELD.search(text):
        return RejectedField(text, field=field[1], **details)
    return Refused(text or "M-PESA refused the request without saying why.", **details)


def _status(http_status: int, code: str) -> int:
    """The status that counts: the error code's own first part where HTTP says 200."""
    first = code.partition(".")[0]
    return int(first) if 200 <= http_status < 300 and _ERROR_STATUS.fullmatch(first) else http_status


def _is_error(envelope: Mapping[str, object]) -> bool:
    return any(key in envelope for key in ("errorCode", "ErrorCode", "fault"))
