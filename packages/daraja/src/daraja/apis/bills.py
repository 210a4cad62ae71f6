"""Bill Manager: e-invoices to customers' phones, and their payments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar

from daraja.environment import Environment
from daraja.errors import InvalidRequest, MalformedMessage
from daraja.reading import normal_msisdn, read_cents, read_msisdn, read_object, read_text
from daraja.reply import Reply
from daraja.request import Request, Wire, wire_request
from daraja.rules import CALLBACK_URL, SECRET, SHORTCODE, Rule, Unfit, one_of, shillings, text

_ROOT = "/v1/billmanager-invoice"
_MOST_INVOICES = 1000


def _local_phone(value: object, _: Environment) -> str:
    number = normal_msisdn(value) if isinstance(value, str) else None
    if number is None:
        raise Unfit("must be a Kenyan mobile number such as 0708374149")
    return "0" + number[3:]


def _day(value: object, _: Environment) -> str:
    if not isinstance(value, date):
        raise Unfit("must be a date")
    return value.strftime("%Y-%m-%d")


LOCAL_PHONE = Rule("a Kenyan mobile number in any usual form", _local_phone, personal=True)
DAY = Rule("a `date`", _day)


@dataclass(frozen=True, kw_only=True)
class BillsAnswer:
    """Bill Manager did what it was asked."""

    message: str
    app_key: str | None = field(repr=False)
    """Given once, at opt-in: all later calls need it."""
    raw: Mapping[str, object] = field(repr=False)


class _BillsRequest(Request[BillsAnswer]):
    def answer(self, reply: Reply) -> BillsAnswer:
        message = reply.accepted("200")
        if read_text(message.get("rescode")) is None:
            reply.unclear("Bill Manager answered without a rescode.")
        return BillsAnswer(
            message=read_text(message.get("Status_Message")) or read_text(message.get("resmsg")) or "",
            app_key=read_text(message.get("app_key")),
            raw=message,
        )


@wire_request
class _OptedIn(_BillsRequest):
    app_key: Annotated[str, Wire(None, SECRET)]
    """What opt-in gave."""

    def headers(self) -> dict[str, str]:
        return {"app_key": self.app_key}


@wire_request
class BillsOptIn(_BillsRequest):
    """Open Bill Manager for a shortcode: `POST /v1/billmanager-invoice/optin`."""

    path: ClassVar[str] = f"{_ROOT}/optin"

    shortcode: Annotated[str, Wire("shortcode", SHORTCODE)]
    email: Annotated[str, Wire("email", text(3, 254))]
    contact: Annotated[str, Wire("officialContact", LOCAL_PHONE)]
    callback_url: Annotated[str, Wire("callbackurl", CALLBACK_URL)]
    """Where payments are posted, up to five times each."""
    reminders: Annotated[str, Wire("sendReminders", one_of("0", "1"))] = "1"
    """`1`: M-PESA reminds customers seven and three days before, and on the day."""
    logo: Annotated[str | None, Wire("logo", text(1, 1_000_000))] = None


@wire_request
class BillsOptInChange(BillsOptIn, _OptedIn):
    """Change what opt-in said: `POST /v1/billmanager-invoice/change-optin-details`."""

    path: ClassVar[str] = f"{_ROOT}/change-optin-details"


@dataclass(frozen=True, kw_only=True)
class InvoiceItem:
    """One line of an invoice."""

    name: str
    amount: int
    """Whole shillings."""


def _items(value: object, environment: Environment) -> list[dict[str, object]]:
    if not isinstance(value, tuple) or not all(isinstance(item, InvoiceItem) for item in value):
        raise Unfit("must be a tuple of InvoiceItem")
    named, priced = text(1, 100), shillings()
    return [
        {"itemName": named.check(item.name, environment), "amount": str(priced.check(item.amount, environment))}
        for item in value
    ]


@wire_request
class Invoice(_OptedIn):
    """Send one invoice: `POST /v1/billmanager-invoice/single-invoicing`."""

    path: ClassVar[str] = f"{_ROOT}/single-invoicing"

    external_reference: Annotated[str, Wire("externalReference", text(1, 100))]
    """Yours, and unique: sending it again is refused."""
    billed_name: Annotated[str, Wire("billedFullName", text(1, 100))]
    billed_msisdn: Annotated[str, Wire("billedPhoneNumber", LOCAL_PHONE)]
    billed_period: Annotated[str, Wire("billedPeriod", text(1, 50))]
    """Such as `August 2026`."""
    name: Annotated[str, Wire("invoiceName", text(1, 100))]
    due: Annotated[date, Wire("dueDate", DAY)]
    account_reference: Annotated[str, Wire("accountReference", text(1, 100))]
    amount: Annotated[int, Wire("amount", shillings())]
    """Whole shillings."""
    items: Annotated[tuple[InvoiceItem, ...], Wire("invoiceItems", Rule("a tuple of `InvoiceItem`", _items))] = ()

    def body(self, environment: Environment) -> dict[str, object]:
        sent = self.checked(environment)
        return {**sent, "amount": str(self.amount)}


@wire_request
class InvoiceChange(Invoice):
    """Replace an invoice that has this `external_reference`: `POST /v1/billmanager-invoice/change-invoice`."""

    path: ClassVar[str] = f"{_ROOT}/change-invoice"


@wire_request
class Invoices(_BillsRequest):
    """Send up to 1,000 invoices: `POST /v1/billmanager-invoice/bulk-invoicing`."""

    path: ClassVar[str] = f"{_ROOT}/bulk-invoicing"

    invoices: tuple[Invoice, ...]

    def body(self, environment: Environment) -> list[object]:
        if not 1 <= len(self.invoices) <= _MOST_INVOICES:
            raise InvalidRequest("invoices", f"must hold 1 to {_MOST_INVOICES} invoices")
        if len({invoice.app_key for invoice in self.invoices}) > 1:
            raise InvalidRequest("invoices", "must all have the same app_key")
        return [invoice.body(environment) for invoice in self.invoices]

    def headers(self) -> dict[str, str]:
        return self.invoices[0].headers()


@wire_request
class InvoiceCancellation(_OptedIn):
    """Cancel an unpaid invoice: `POST /v1/billmanager-invoice/cancel-single-invoice`."""

    path: ClassVar[str] = f"{_ROOT}/cancel-single-invoice"
    repeatable: ClassVar[bool] = True

    external_reference: Annotated[str, Wire("externalReference", text(1, 100))]


@wire_request
class InvoiceCancellations(_OptedIn):
    """Cancel several unpaid invoices: `POST /v1/billmanager-invoice/cancel-bulk-invoices`."""

    path: ClassVar[str] = f"{_ROOT}/cancel-bulk-invoices"
    repeatable: ClassVar[bool] = True

    external_references: tuple[str, ...]

    def body(self, environment: Environment) -> list[object]:
        self.checked(environment)
        if not 1 <= len(self.external_references) <= _MOST_INVOICES:
            raise InvalidRequest("external_references", f"must hold 1 to {_MOST_INVOICES} references")
        return [{"externalReference": reference} for reference in self.external_references]


@wire_request
class BillPaymentReceipt(_OptedIn):
    """Acknowledge a payment, so that its payer gets an e-receipt: `POST /v1/billmanager-invoice/reconciliation`."""

    path: ClassVar[str] = f"{_ROOT}/reconciliation"

    paid_on: Annotated[date, Wire("paymentDate", DAY)]
    amount: Annotated[int, Wire("paidAmount", shillings())]
    """Whole shillings."""
    account_reference: Annotated[str, Wire("accountReference", text(1, 100))]
    receipt: Annotated[str, Wire("transactionId", text(1, 20))]
    msisdn: Annotated[str, Wire("phoneNumber", LOCAL_PHONE)]
    full_name: Annotated[str, Wire("fullName", text(1, 100))]
    invoice_name: Annotated[str, Wire("invoiceName", text(1, 100))]
    external_reference: Annotated[str, Wire("externalReference", text(1, 100))]

    def body(self, environment: Environment) -> dict[str, object]:
        return {**self.checked(environment), "paidAmount": str(self.amount)}


@dataclass(frozen=True, kw_only=True)
class BillPayment:
    """A payment of an invoice, as posted to the opt-in's callback URL. Answer with `BILL_PAYMENT_TAKEN`."""

    receipt: str
    amount_cents: int
    msisdn: str | None = field(repr=False)
    paid_on: date | None
    account_reference: str | None
    shortcode: str | None
    extra: Mapping[str, object] = field(repr=False)
    """Fields that have no place here."""
    raw: Mapping[str, object] = field(repr=False)


BILL_PAYMENT_TAKEN: Mapping[str, str] = {"resmsg": "Success", "rescode": "200"}
"""What to answer to a payment; without it M-PESA posts it again, up to five times."""

_READ_FIELDS = frozenset({"transactionId", "paidAmount", "msisdn", "dateCreated", "accountReference", "shortCode"})


def parse_bill_payment(body: bytes | str | Mapping[str, object]) -> BillPayment:
    """The payment of an invoice. Raises `MalformedMessage` if receipt or amount is missing."""
    raw = read_object(body)
    receipt, amount_cents = read_text(raw.get("transactionId")), read_cents(raw.get("paidAmount"))
    if receipt is None or amount_cents is None:
        raise MalformedMessage("The payment has no transactionId or no paidAmount.", raw=raw)
    day = read_text(raw.get("dateCreated"))
    return BillPayment(
        receipt=receipt,
        amount_cents=amount_cents,
        msisdn=read_msisdn(raw.get("msisdn")),
        paid_on=_read_day(day),
        account_reference=read_text(raw.get("accountReference")),
        shortcode=read_text(raw.get("shortCode")),
        extra={name: value for name, value in raw.items() if name not in _READ_FIELDS},
        raw=raw,
    )


def _read_day(text_: str | None) -> date | None:
    try:
        return None if text_ is None else date.fromisoformat(text_[:10])
    except ValueError:
        return None
