"""The trials: what goes wrong in each, and what it shows."""

from dataclasses import dataclass, field
from typing import Literal

Task = Literal["collect", "pay_out"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. `answer` is what the customer does.

    Where `expected` says how it has to end, an honest "unknown" is not good enough.
    """

    name: str
    task: Task
    shows: str
    faults: tuple[dict[str, object], ...] = ()
    answer: str = "pin"
    settings: dict[str, object] = field(default_factory=dict)
    expected: Literal["paid", "failed", ""] = ""


TRIALS = (
    Trial("collect_paid", "collect", "takes a payment", expected="paid"),
    Trial("collect_cancelled", "collect", "hears that the customer cancelled", answer="cancel", expected="failed"),
    Trial("collect_wrong_pin", "collect", "hears of a wrong PIN", answer="wrong_pin", expected="failed"),
    Trial(
        "collect_callback_lost",
        "collect",
        "does not lose a payment whose callback never came",
        faults=({"kind": "callback_lost"},),
    ),
    Trial(
        "collect_callback_twice",
        "collect",
        "credits a payment once, however often it is told",
        faults=({"kind": "callback_duplicated", "copies": 3, "seconds": 0.1},),
        expected="paid",
    ),
    Trial(
        "collect_callback_early",
        "collect",
        "understands a callback that comes before the answer",
        faults=({"kind": "callback_early"},),
        expected="paid",
    ),
    Trial(
        "collect_callback_late",
        "collect",
        "does not call a payment failed because its callback is late",
        faults=({"kind": "callback_delayed", "seconds": 2},),
    ),
    Trial(
        "collect_forged",
        "collect",
        "does not believe a forged callback",
        faults=({"kind": "callback_forged"},),
        answer="cancel",
    ),
    Trial(
        "collect_late_success",
        "collect",
        "does not give up on a payment that was first reported as timed out",
        faults=({"kind": "late_success", "seconds": 1},),
        answer="ignore",
        settings={"prompt_seconds": 1},
    ),
    Trial(
        "collect_pending",
        "collect",
        "does not take a pending query for a failure",
        faults=({"kind": "callback_lost"}, {"kind": "query_pending", "times": 2}),
        settings={"pending_query": "error"},
    ),
    Trial(
        "collect_query_contradicts",
        "collect",
        "believes a callback with a receipt more than a query that contradicts it",
        faults=({"kind": "query_contradicts", "code": "1032"},),
    ),
    Trial(
        "collect_code_with_letters",
        "collect",
        "survives a result code that is not a number",
        faults=({"kind": "outcome", "code": "SFC_IC0003"},),
        expected="failed",
    ),
    Trial(
        "collect_token_ended",
        "collect",
        "gets a new token when its old one was ended early",
        faults=({"kind": "token_invalidated", "operation": "stk_push", "times": 1},),
        expected="paid",
    ),
    Trial(
        "collect_answer_lost",
        "collect",
        "does not ask a phone twice when the first answer was lost",
        faults=({"kind": "lost_answer", "operation": "stk_push", "how": "bad_gateway", "times": 1},),
    ),
    Trial(
        "collect_connection_dropped",
        "collect",
        "does not ask a phone twice when the connection broke",
        faults=({"kind": "lost_answer", "operation": "stk_push", "how": "dropped", "times": 1},),
    ),
    Trial("pay_out_paid", "pay_out", "pays a customer", expected="paid"),
    Trial(
        "pay_out_refused",
        "pay_out",
        "hears that a payment was refused (a failure without parameters)",
        faults=({"kind": "outcome", "operation": "b2c", "code": "2001"},),
        expected="failed",
    ),
    Trial(
        "pay_out_unavailable",
        "pay_out",
        "pays at most once when the gateway answers 503",
        faults=({"kind": "unavailable", "operation": "b2c", "times": 1},),
    ),
    Trial(
        "pay_out_answer_lost",
        "pay_out",
        "pays once when the answer was lost after its effect",
        faults=({"kind": "lost_answer", "operation": "b2c", "how": "bad_gateway", "times": 1},),
    ),
    Trial(
        "pay_out_connection_dropped",
        "pay_out",
        "pays once when the connection broke after its effect",
        faults=({"kind": "lost_answer", "operation": "b2c", "how": "dropped", "times": 1},),
    ),
    Trial(
        "pay_out_result_lost",
        "pay_out",
        "does not call a payment failed because its result never came",
        faults=({"kind": "callback_lost"},),
    ),
    Trial(
        "pay_out_result_twice",
        "pay_out",
        "counts a payment once, however often it is told",
        faults=({"kind": "callback_duplicated", "copies": 3, "seconds": 0.1},),
        expected="paid",
    ),
    Trial(
        "pay_out_queue_timeout",
        "pay_out",
        "does not pay again because of a queue timeout",
        faults=({"kind": "queue_timeout", "seconds": 1},),
    ),
)
