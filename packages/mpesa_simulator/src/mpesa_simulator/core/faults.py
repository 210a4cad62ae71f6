"""Things that go wrong on demand: everywhere or for one organisation or phone; always, a few times, or by chance."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from mpesa_simulator.core.books import Books
from mpesa_simulator.core.dice import Dice

Kind = Literal[
    "server_error",
    "unavailable",
    "too_many_requests",
    "blocked",
    "wrong_credentials",
    "token_invalidated",
    "slow",
    "lost_answer",
    "outcome",
    "late_success",
    "query_pending",
    "query_contradicts",
    "queue_timeout",
    "callback_lost",
    "callback_duplicated",
    "callback_delayed",
    "callback_reordered",
    "callback_early",
    "callback_forged",
    "callback_misdirected",
    "statement_late",
    "statement_missing",
]


class Fault(BaseModel):
    """One rule. What each `kind` does:

    *When a request arrives*: `server_error` HTTP 500 "System is busy"; `unavailable` HTTP 503 page; `too_many_requests`
    HTTP 429 spike arrest; `blocked` HTTP 403 firewall page; `wrong_credentials` 500.001.1001; `token_invalidated` the
    token is ended early; `slow` the answer takes `seconds`. *After its effect*: `lost_answer` the request is carried
    out but the answer is lost, `how`: a 502 page, silence for `seconds`, or a dropped connection.

    *What becomes of it*: `outcome` a prompt or asynchronous request ends with result `code`; `late_success` a prompt's
    failure is reported, and `seconds` later the money moves after all; `queue_timeout` the QueueTimeOutURL is told
    first, and the request is carried out `seconds` later. *Queries*: `query_pending` always "being processed";
    `query_contradicts` answers with `code`.

    *Callbacks*: `callback_lost`; `callback_duplicated` sent `copies` times, `seconds` apart; `callback_delayed` by
    `seconds`; `callback_reordered` held back until the organisation's next one has gone; `callback_early` sent before
    the HTTP answer of its own request; `callback_forged` before a failed push is reported, somebody posts an invented
    success to its URL; `callback_misdirected` it goes to `url`.

    *Statements and pulled transactions*: `statement_late` lines appear after `seconds`; `statement_missing` never.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    organisation: str | None = Field(None, description="only for this shortcode")
    phone: str | None = Field(None, description="only for this MSISDN")
    operation: str | None = Field(None, description="only for this API, such as stk_push, stk_query, b2c, token")
    times: Annotated[int, Field(ge=1)] | None = Field(None, description="how often it strikes; without it, always")
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int | None = Field(None, description="of the chance; without it, the network's own")
    code: str = Field("1032", description="the result code of outcome and query_contradicts")
    seconds: Annotated[float, Field(ge=0, le=604_800)] = 30
    copies: Annotated[int, Field(ge=2, le=20)] = 2
    how: Literal["bad_gateway", "timeout", "dropped"] = "bad_gateway"
    url: str = ""


class FaultState(BaseModel):
    """A rule and how often it was asked and struck."""

    rule: Fault
    asked: int
    struck: int


class Faults:
    """The rules in force. They are few, so they are kept in memory beside their rows."""

    def __init__(self, books: Books, dice: Dice) -> None:
        self._books = books
        self._dice = dice
        self._rules: list[tuple[int, Fault]] = []
        self._load()

    def _load(self) -> None:
        rows = self._books.all("SELECT id, rule FROM faults ORDER BY id")
        self._rules = [(int(row["id"]), Fault.model_validate_json(row["rule"])) for row in rows]

    def replace(self, rules: list[Fault]) -> None:
        """Put these rules in force in place of all earlier ones."""
        with self._books.transaction():
            self._books.run("DELETE FROM faults")
            for rule in rules:
                self._books.run("INSERT INTO faults (rule) VALUES (?)", rule.model_dump_json())
        self._load()

    def state(self) -> list[FaultState]:
        """The rules in force with their counts."""
        rows = self._books.all("SELECT rule, asked, struck FROM faults ORDER BY id")
        return [
            FaultState(rule=Fault.model_validate_json(row["rule"]), asked=row["asked"], struck=row["struck"])
            for row in rows
        ]

    def strike(self, kind: Kind, *, organisation: str = "", phone: str = "", operation: str = "") -> Fault | None:
        """The rule of this `kind` that strikes here and now, or None. Asking counts."""
        for number, rule in self._rules:
            if (
                rule.kind == kind
                and rule.organisation in (None, organisation)
                and rule.phone in (None, phone)
                and rule.operation in (None, operation)
                and self._strikes(number, rule)
            ):
                return rule
        return None

    def _strikes(self, number: int, rule: Fault) -> bool:
        row = self._books.one("UPDATE faults SET asked = asked + 1 WHERE id = ? RETURNING asked, struck", number)
        assert row is not None
        if rule.times is not None and row["struck"] >= rule.times:
            return False
        dice = self._dice if rule.seed is None else Dice(rule.seed)
        if not dice.chance(rule.probability, "fault", number, row["asked"]):
            return False
        self._books.run("UPDATE faults SET struck = struck + 1 WHERE id = ?", number)
        return True
