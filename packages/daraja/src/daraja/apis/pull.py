"""Pull Transactions: fetch the customer payments of the last 48 hours, for when callbacks were lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from daraja.codes import ResultCode, Scope
from daraja.eat import EAT, read_time
from daraja.environment import Environment
from daraja.errors import InvalidRequest
from daraja.reading import read_cents, read_masked_msisdn, read_msisdn, read_text
from daraja.reply import Reply, first_text
from daraja.request import Request, Wire, wire_request
from daraja.rules import CALLBACK_URL, MOMENT, MSISDN, SHORTCODE, whole_number


@dataclass(frozen=True, kw_only=True)
class PullRegistered:
    """The shortcode may pull. `already` says that it could before."""

    already: bool
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class RegisterPull(Request[PullRegistered]):
    """Once for each production shortcode: `POST /pulltransactions/v1/register`."""

    path: ClassVar[str] = "/pulltransactions/v1/register"
    repeatable: ClassVar[bool] = True
    constants: ClassVar[Mapping[str, object]] = {"RequestType": "Pull"}

    shortcode: Annotated[str, Wire("ShortCode", SHORTCODE)]
    nominated_msisdn: Annotated[str, Wire("NominatedNumber", MSISDN)]
    """The phone number that the shortcode was registered with."""
    callback_url: Annotated[str, Wire("CallBackURL", CALLBACK_URL)]

    def answer(self, reply: Reply) -> PullRegistered:
        message = reply.accepted("1000", "1001", "0")
        code = first_text(message, "ResponseStatus", "Response Status", "ResponseCode")
        if code is None:
            reply.unclear("M-PESA answered the registration without a code.")
        return PullRegistered(already=code == "1001", raw=message)


@dataclass(frozen=True, kw_only=True)
class PulledTransaction:
    """One customer payment. `completed_at` is read as EAT, as all of M-PESA's times are, though it ends in Z."""

    receipt: str
    completed_at: datetime | None
    msisdn: str | None = field(repr=False)
    msisdn_masked: str | None
    amount_cents: int
    account_reference: str | None
    kind: str | None
    """`c2b-pay-bill-debit` or `c2b-buy-goods-debit`."""
    raw: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class PulledPage:
    """Some of the transactions in the window."""

    transactions: list[PulledTransaction]
    unreadable: list[object] = field(repr=False)
    """Rows without a receipt or an amount that can be read, as they came."""
    code: ResultCode
    next_offset: int | None
    """Where the next page begins; None when this one was empty, which is how the last page shows."""
    raw: Mapping[str, object] = field(repr=False)


@wire_request
class PullTransactions(Request[PulledPage]):
    """Fetch customer payments: `POST /pulltransactions/v1/query`. M-PESA keeps them for 48 hours."""

    path: ClassVar[str] = "/pulltransactions/v1/query"
    repeatable: ClassVar[bool] = True

    shortcode: Annotated[str, Wire("ShortCode", SHORTCODE)]
    start: Annotated[datetime, Wire("StartDate", MOMENT)]
    end: Annotated[datetime, Wire("EndDate", MOMENT)]
    offset: Annotated[int, Wire("OffSetValue", whole_number(0))] = 0

    def body(self, environment: Environment) -> dict[str, object]:
        sent = self.checked(environment)
        if self.start >= self.end:
            raise InvalidRequest("end", "must be after start")
        for name, moment in (("StartDate", self.start), ("EndDate", self.end)):
            sent[name] = moment.astimezone(EAT).strftime("%Y-%m-%d %H:%M:%S")
        return {**sent, "OffSetValue": str(self.offset)}

    def answer(self, reply: Reply) -> PulledPage:
        message = reply.accepted("1000", "1001", "0")
        code = first_text(message, "ResponseCode", "ResponseStatus", "Response Status")
        if code is None:
            reply.unclear("M-PESA answered the pull without a code.")
        transactions, unreadable = [], []
        for row in _rows(message.get("Response", message.get("transactions"))):
            transaction = _read_row(row)
            if transaction is None:
                unreadable.append(row)
            else:
                transactions.append(transaction)
        read = len(transactions) + len(unreadable)
        return PulledPage(
            transactions=transactions,
            unreadable=unreadable,
            code=ResultCode(code, Scope.PULL),
            next_offset=self.offset + read if read else None,
            raw=message,
        )


def _rows(found: object) -> Iterator[object]:
    """The rows, which come as a list inside a list."""
    if isinstance(found, list):
        for part in found:
            yield from _rows(part)
    elif found is not None and found != "":
        yield found


def _read_row(row: object) -> PulledTransaction | None:
    if not isinstance(row, Mapping):
        return None
    receipt, amount_cents = read_text(row.get("transactionId")), read_cents(row.get("amount"))
    if receipt is None or amount_cents is None:
        return None
    when = row.get("trxDate")
    return PulledTransaction(
        receipt=receipt,
        completed_at=read_time(when.removesuffix("Z") if isinstance(when, str) else when),
        msisdn=read_msisdn(row.get("msisdn")),
        msisdn_masked=read_masked_msisdn(row.get("msisdn")),
        amount_cents=amount_cents,
        account_reference=read_text(row.get("billreference")),
        kind=read_text(row.get("transactiontype")),
        raw=row,
    )
