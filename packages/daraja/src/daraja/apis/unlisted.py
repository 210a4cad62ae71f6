"""Calls whose bodies Safaricom does not publish in full: data bundles, the IoT SIM portal, whatever comes next."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from daraja.environment import Environment
from daraja.reply import Reply
from daraja.request import Request, Wire, wire_request
from daraja.rules import Rule, Unfit, one_of


def _path(value: object, _: Environment) -> str:
    if not isinstance(value, str) or not value.startswith("/") or any(letter.isspace() for letter in value):
        raise Unfit("must be a path such as /simportal/v1/allsims, with a query if the call needs one")
    return value


@wire_request
class UnlistedCall(Request[dict[str, object]]):
    """A call that has no class here, with the app's token and this client's errors. Never repeated by itself.

    Data bundles are under `/v1/dynamic-offers/` and `/v2/bundles/`, the SIM portal under `/simportal/v1/`.
    """

    path: ClassVar[str] = "/"

    target: Annotated[str, Wire(None, Rule("a path, with any query", _path, personal=True))]
    content: Mapping[str, object] | None = None
    """The JSON to send; none with GET."""
    verb: Annotated[Literal["GET", "POST"], Wire(None, one_of("GET", "POST"))] = "POST"

    def body(self, environment: Environment) -> Mapping[str, object] | None:
        self.checked(environment)
        return self.content

    def destination(self) -> tuple[str, str]:
        return self.verb, self.target

    def answer(self, reply: Reply) -> dict[str, object]:
        return reply.accepted("0", "00", "200", "1000", "4000")
