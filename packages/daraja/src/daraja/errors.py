"""Everything that can go wrong, sorted by the one question that matters with money: did it happen?

* `InvalidRequest`: we stopped it here; nothing left this machine.
* `Refused`: M-PESA said no (or could not be reached at all); nothing moved.
* `OutcomeUnknown`: the request left and no clear answer came back. Money may have moved. Ask before acting:
  never send the same payment again, and never tell anybody that it failed.
* `MalformedMessage`: a callback or result that is not what it claims to be; it says nothing about money.

An acknowledgement object returned by the client means *accepted*, which is not yet *paid*.
"""

# ruff: noqa: N818 (these names say what happened, which is what a reader of `except` wants to know)

from collections.abc import Mapping
from typing import TypedDict, Unpack


class Details(TypedDict, total=False):
    """What an answer says about itself, the same for every error."""

    http_status: int | None
    error_code: str | None
    request_id: str | None
    raw: Mapping[str, object] | str | None


class DarajaError(Exception):
    """The root of every error raised here. Its text and fields never hold tokens, keys, PINs or whole phone numbers."""

    def __init__(self, message: str, **details: Unpack[Details]) -> None:
        super().__init__(message)
        self.message = message
        self.http_status = details.get("http_status")
        self.error_code = details.get("error_code")
        self.request_id = details.get("request_id")
        self.raw = details.get("raw")

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        known = [f"HTTP {self.http_status}"] if self.http_status else []
        known += [self.error_code] if self.error_code else []
        return f"{self.message} ({', '.join(known)})" if known else self.message


def _restore(kind: type[DarajaError], arguments: tuple[object, ...], fields: dict[str, object]) -> DarajaError:
    """An error that was sent between processes, with all its fields."""
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(fields)
    return error


class InvalidRequest(DarajaError):
    """A field is wrong and the request was not sent. `field` names it; the message says what to do."""

    def __init__(self, field: str, advice: str) -> None:
        super().__init__(f"{field}: {advice}")
        self.field = field
        self.advice = advice


class Refused(DarajaError):
    """M-PESA answered no. Nothing moved and no prompt was shown."""


class WrongCredentials(Refused):
    """The operator's own set-up is wrong: keys, passkey, shortcode, or an API that the app is not subscribed to."""


class TokenRejected(WrongCredentials):
    """The access token was not accepted. The client mints a new one and tries once more before raising this."""


class SubscriberBusy(Refused):
    """Another prompt is open on this phone. Wait at least a minute before asking again."""


class DuplicateRequest(Refused):
    """This `OriginatorConversationID` was taken before: the first request stands, this one did nothing."""


class AlreadyRegistered(Refused):
    """C2B URLs exist for this shortcode, perhaps others than yours. Check in the portal's URL management."""


class Throttled(Refused):
    """Too many requests (spike arrest or quota). `retry_after` is in seconds where M-PESA said it."""

    def __init__(self, message: str, *, retry_after: float | None = None, **details: Unpack[Details]) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class SystemBusy(Refused):
    """M-PESA is overloaded or under maintenance and turned the request away."""


class RejectedField(Refused):
    """M-PESA found a field invalid. `field` is its name on the wire (M-PESA names one at a time)."""

    def __init__(self, message: str, *, field: str, **details: Unpack[Details]) -> None:
        super().__init__(message, **details)
        self.field = field


class Unreachable(Refused):
    """No connection could be opened (name, network or TLS), so nothing was sent."""


class OutcomeUnknown(DarajaError):
    """The request may have taken effect: no answer, a broken one, or a server error that does not say."""


class MalformedMessage(DarajaError):
    """A body that came to a callback URL cannot be read as the message it should be."""
