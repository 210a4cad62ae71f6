"""What all requests of an organisation's operator share: an initiator, remarks and two URLs for the result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from daraja.environment import Environment
from daraja.initiator import Initiator
from daraja.reading import read_text
from daraja.reply import Reply
from daraja.request import Request, Wire, wire_request
from daraja.rules import CALLBACK_URL, Rule, Unfit, text


def _initiator(value: object, _: Environment) -> object:
    if not isinstance(value, Initiator) or not value.name.strip() or not value.security_credential:
        raise Unfit("must be an Initiator with a name and a security credential")
    return value


INITIATOR = Rule("an `Initiator`", _initiator)
REMARKS = text(2, 100)
OCCASION = text(1, 100)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """M-PESA took the request. Whether it did anything comes later, to the `result_url`, or never."""

    conversation_id: str | None
    originator_conversation_id: str | None
    """Store both before you wait: the result is matched by either."""
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class Instruction(Request[Accepted]):
    """A request of an API operator, answered later at `result_url`.

    `timeout_url` hears that M-PESA's queue gave up on the request, which is no result: one may still follow.
    """

    initiator_key: ClassVar[str] = "Initiator"

    initiator: Annotated[Initiator, Wire(None, INITIATOR)]
    result_url: Annotated[str, Wire("ResultURL", CALLBACK_URL)]
    timeout_url: Annotated[str, Wire("QueueTimeOutURL", CALLBACK_URL)]
    remarks: Annotated[str, Wire("Remarks", REMARKS)]

    def body(self, environment: Environment) -> dict[str, object]:
        sent = self.checked(environment)
        return {
            self.initiator_key: self.initiator.name,
            "SecurityCredential": self.initiator.security_credential,
            **self.constants,
            **sent,
        }

    def answer(self, reply: Reply) -> Accepted:
        message = reply.accepted()
        accepted = Accepted(
            conversation_id=read_text(message.get("ConversationID")),
            originator_conversation_id=read_text(message.get("OriginatorConversationID")),
            raw=message,
        )
        if accepted.conversation_id is None and accepted.originator_conversation_id is None:
            reply.unclear("M-PESA accepted the request without naming it; watch for a result that nobody expects.")
        return accepted
