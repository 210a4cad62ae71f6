"""The calls of the API, by name: one definition for `Client` and `AsyncClient`."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeVar, overload

from daraja.apis.b2b import B2bBuyGoods, B2bPayBill, B2cTopUp, TaxRemittance
from daraja.apis.b2c import B2c, B2cV1, Pochi
from daraja.apis.balance import BalanceQuery
from daraja.apis.bills import (
    BillPaymentReceipt,
    BillsAnswer,
    BillsOptIn,
    BillsOptInChange,
    Invoice,
    InvoiceCancellation,
    InvoiceCancellations,
    InvoiceChange,
    Invoices,
)
from daraja.apis.bonga import PointsQuery, PointsRedeemed, PointsValue, RedeemPoints
from daraja.apis.c2b import C2bAck, RegisterC2b, RegisterC2bV1, SimulateC2b, SimulateC2bV1
from daraja.apis.express import ExpressAck, ExpressCheckout
from daraja.apis.identity import (
    NetworkAgeCheck,
    NumberValidation,
    NumberValidationCheck,
    SimCheck,
    SimRecord,
    SimSwapCheck,
)
from daraja.apis.instruction import Accepted
from daraja.apis.names import CustomerName, CustomerNameQuery, Organisation, OrganisationQuery
from daraja.apis.pull import PulledPage, PullRegistered, PullTransactions, RegisterPull
from daraja.apis.qr import QrCode, QrImage
from daraja.apis.ratiba import StandingOrder, StandingOrderAck
from daraja.apis.reversal import Reversal
from daraja.apis.status import StatusQuery
from daraja.apis.stk import StkAck, StkPush, StkQuery, StkStatus
from daraja.apis.unlisted import UnlistedCall
from daraja.request import Request

if TYPE_CHECKING:
    from daraja.client import AsyncClient, Client

AnswerType = TypeVar("AnswerType")
AnswerType_co = TypeVar("AnswerType_co", covariant=True)
RequestType = TypeVar("RequestType", bound=Request[Any])
RequestType_contra = TypeVar("RequestType_contra", bound=Request[Any], contravariant=True)


class SyncCall(Protocol[RequestType_contra, AnswerType_co]):
    """A call on a `Client`."""

    def __call__(self, request: RequestType_contra, *, timeout: float | None = None) -> AnswerType_co: ...


class AsyncCall(Protocol[RequestType_contra, AnswerType_co]):
    """A call on an `AsyncClient`."""

    def __call__(
        self, request: RequestType_contra, *, timeout: float | None = None
    ) -> Coroutine[Any, Any, AnswerType_co]: ...


class Call(Generic[RequestType, AnswerType]):
    """The name of a call: the client's `send`, typed for one request and its answer."""

    def __init__(self, request: type[RequestType], answer: type[AnswerType]) -> None:
        self.request = request
        self.answer = answer

    @overload
    def __get__(self, client: None, owner: type) -> Self: ...
    @overload
    def __get__(self, client: "Client", owner: type) -> SyncCall[RequestType, AnswerType]: ...
    @overload
    def __get__(self, client: "AsyncClient", owner: type) -> AsyncCall[RequestType, AnswerType]: ...
    def __get__(
        self, client: "Client | AsyncClient | None", owner: type
    ) -> "Self | SyncCall[RequestType, AnswerType] | AsyncCall[RequestType, AnswerType]":
        return self if client is None else client.send


class Calls:
    """Every call of the API. Each raises `InvalidRequest`, `Refused` (or a kind of it) or `OutcomeUnknown`."""

    stk_push = Call(StkPush, StkAck)
    stk_query = Call(StkQuery, StkStatus)
    register_c2b = Call(RegisterC2b, C2bAck)
    register_c2b_v1 = Call(RegisterC2bV1, C2bAck)
    simulate_c2b = Call(SimulateC2b, C2bAck)
    simulate_c2b_v1 = Call(SimulateC2bV1, C2bAck)
    b2c = Call(B2c, Accepted)
    b2c_v1 = Call(B2cV1, Accepted)
    pochi = Call(Pochi, Accepted)
    b2b_pay_bill = Call(B2bPayBill, Accepted)
    b2b_buy_goods = Call(B2bBuyGoods, Accepted)
    b2c_top_up = Call(B2cTopUp, Accepted)
    remit_tax = Call(TaxRemittance, Accepted)
    reverse = Call(Reversal, Accepted)
    transaction_status = Call(StatusQuery, Accepted)
    account_balance = Call(BalanceQuery, Accepted)
    qr_code = Call(QrCode, QrImage)
    register_pull = Call(RegisterPull, PullRegistered)
    pull_transactions = Call(PullTransactions, PulledPage)
    create_standing_order = Call(StandingOrder, StandingOrderAck)
    express_checkout = Call(ExpressCheckout, ExpressAck)
    opt_in_to_bills = Call(BillsOptIn, BillsAnswer)
    change_bills_opt_in = Call(BillsOptInChange, BillsAnswer)
    send_invoice = Call(Invoice, BillsAnswer)
    send_invoices = Call(Invoices, BillsAnswer)
    change_invoice = Call(InvoiceChange, BillsAnswer)
    cancel_invoice = Call(InvoiceCancellation, BillsAnswer)
    cancel_invoices = Call(InvoiceCancellations, BillsAnswer)
    acknowledge_bill_payment = Call(BillPaymentReceipt, BillsAnswer)
    check_sim = Call(SimCheck, SimRecord)
    check_sim_swap = Call(SimSwapCheck, SimRecord)
    check_network_age = Call(NetworkAgeCheck, SimRecord)
    validate_number = Call(NumberValidationCheck, NumberValidation)
    organisation = Call(OrganisationQuery, Organisation)
    customer_name = Call(CustomerNameQuery, CustomerName)
    points_value = Call(PointsQuery, PointsValue)
    redeem_points = Call(RedeemPoints, PointsRedeemed)
    unlisted = Call(UnlistedCall, dict[str, object])
