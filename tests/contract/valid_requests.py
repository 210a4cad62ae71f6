"""A request of every call that the simulated network takes just as it is: contracts change what they are about."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import daraja

PHONE = "254708374149"
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
TRUSTED = base64.b64encode(bytes(256)).decode()
"""A security credential made with somebody else's certificate, which the network takes on trust."""

Requests = dict[str, daraja.Request[Any]]


def valid_requests(url: Callable[[str], str]) -> Requests:
    """By name of the call. Results are posted to `url("result")`, and so on."""
    return {**_prompts(url), **_customer_payments(url), **_instructions(url), **_bills(url), **_questions()}


def _prompts(url: Callable[[str], str]) -> Requests:
    account = {"shortcode": "174379", "passkey": PASSKEY}
    return {
        "stk_push": daraja.StkPush(
            msisdn=PHONE,
            amount=1250,
            callback_url=url("prompt"),
            account_reference="SP-1",
            description="Order",
            **account,
        ),
        "stk_query": daraja.StkQuery(checkout_request_id="ws_CO_01012020000000000708374149", **account),
        "create_standing_order": daraja.StandingOrder(
            name="Rent",
            start=date(2030, 1, 1),
            end=date(2030, 12, 1),
            frequency=daraja.Frequency.MONTHLY,
            shortcode="174379",
            msisdn=PHONE,
            amount=100,
            callback_url=url("standing-order"),
            account_reference="ROOM4",
            description="Rent",
        ),
        "express_checkout": daraja.ExpressCheckout(
            request_id="request-1",
            till="373132",
            receiver="600000",
            amount=10,
            payment_reference="INV-1",
            callback_url=url("till"),
            partner_name="Vendor",
        ),
    }


def _customer_payments(url: Callable[[str], str]) -> Requests:
    urls = {
        "shortcode": "600984",
        "confirmation_url": url("confirmation"),
        "validation_url": url("validation"),
        "when_unanswered": daraja.WhenUnanswered.COMPLETE,
    }
    payment = {"shortcode": "600984", "msisdn": PHONE, "amount": 50, "account_reference": "SP-1"}
    now = datetime.now(daraja.EAT)
    return {
        "register_c2b": daraja.RegisterC2b(**urls),
        "register_c2b_v1": daraja.RegisterC2bV1(**urls),
        "simulate_c2b": daraja.SimulateC2b(**payment),
        "simulate_c2b_v1": daraja.SimulateC2bV1(**payment),
        "redeem_points": daraja.RedeemPoints(
            msisdn=PHONE, amount=8, points=40, rate=Decimal("0.2"), shortcode="600984", account_reference="SP-1"
        ),
        "register_pull": daraja.RegisterPull(shortcode="600984", nominated_msisdn=PHONE, callback_url=url("pull")),
        "pull_transactions": daraja.PullTransactions(
            shortcode="600984", start=now - timedelta(hours=1), end=now + timedelta(hours=1)
        ),
    }


def _instructions(url: Callable[[str], str]) -> Requests:
    operator = {
        "initiator": daraja.Initiator(name="testapi", security_credential=TRUSTED),
        "result_url": url("result"),
        "timeout_url": url("late"),
        "remarks": "Contract",
    }
    payout = {"shortcode": "600992", "msisdn": PHONE, "amount": 100, **operator}
    purchase = {"shortcode": "600979", "receiver": "600000", "amount": 239, "account_reference": "353353", **operator}
    return {
        "b2c": daraja.B2c(originator_conversation_id="payout-1", **payout),
        "b2c_v1": daraja.B2cV1(**payout),
        "pochi": daraja.Pochi(originator_conversation_id="payout-2", **payout),
        "b2b_pay_bill": daraja.B2bPayBill(**purchase),
        "b2b_buy_goods": daraja.B2bBuyGoods(**(purchase | {"receiver": "373132"})),
        "b2c_top_up": daraja.B2cTopUp(**purchase),
        "remit_tax": daraja.TaxRemittance(
            shortcode="600979", amount=10, payment_registration_number="2040000123", **operator
        ),
        "reverse": daraja.Reversal(receipt="UKN4Q7T2XB", amount=50, shortcode="600984", **operator),
        "transaction_status": daraja.StatusQuery(receipt="UKN4Q7T2XB", shortcode="600992", **operator),
        "account_balance": daraja.BalanceQuery(shortcode="600992", **operator),
    }


def _bills(url: Callable[[str], str]) -> Requests:
    biller = {
        "shortcode": "600984",
        "email": "bills@shop.example",
        "contact": "0708374149",
        "callback_url": url("bill-payment"),
    }
    invoice = {
        "app_key": "AG_1",
        "billed_name": "John Doe",
        "billed_msisdn": PHONE,
        "billed_period": "August 2030",
        "name": "Rent",
        "due": date(2030, 9, 5),
        "account_reference": "ROOM4",
        "amount": 800,
    }
    return {
        "opt_in_to_bills": daraja.BillsOptIn(**biller),
        "change_bills_opt_in": daraja.BillsOptInChange(app_key="AG_1", **biller),
        "send_invoice": daraja.Invoice(external_reference="INV-1", **invoice),
        "send_invoices": daraja.Invoices(
            invoices=(
                daraja.Invoice(external_reference="INV-2", **invoice),
                daraja.Invoice(external_reference="INV-3", **invoice),
            )
        ),
        "change_invoice": daraja.InvoiceChange(external_reference="INV-1", **(invoice | {"amount": 900})),
        "cancel_invoice": daraja.InvoiceCancellation(app_key="AG_1", external_reference="INV-1"),
        "cancel_invoices": daraja.InvoiceCancellations(app_key="AG_1", external_references=("INV-2", "INV-3")),
        "acknowledge_bill_payment": daraja.BillPaymentReceipt(
            app_key="AG_1",
            paid_on=date(2030, 9, 1),
            amount=800,
            account_reference="ROOM4",
            receipt="UKN4Q7T2XB",
            msisdn=PHONE,
            full_name="John Doe",
            invoice_name="Rent",
            external_reference="INV-1",
        ),
    }


def _questions() -> Requests:
    return {
        "qr_code": daraja.QrCode(
            merchant_name="Duka", reference="SP-1", amount=1, purpose=daraja.QrPurpose.BUY_GOODS, receiver="373132"
        ),
        "check_sim": daraja.SimCheck(msisdn=PHONE),
        "check_sim_swap": daraja.SimSwapCheck(msisdn=PHONE),
        "check_network_age": daraja.NetworkAgeCheck(msisdn=PHONE),
        "validate_number": daraja.NumberValidationCheck(
            request_ref_id="check-1",
            shortcode="600984",
            msisdn=PHONE,
            document=daraja.IdentityDocument.NATIONAL_ID,
            document_number="12345678",
        ),
        "organisation": daraja.OrganisationQuery(number="600984"),
        "customer_name": daraja.CustomerNameQuery(msisdn=PHONE, shortcode="600984"),
        "points_value": daraja.PointsQuery(points=40),
        "unlisted": daraja.UnlistedCall(target="/v1/lipa/na/bonga/calculate-points", content={"points": "40"}),
    }
