"""Drives daraja-sdk-py through every call; only its base URL is changed."""

import json
import os
import sys

import daraja.environment

ENV = os.environ
daraja.environment.SANDBOX_BASE_URL = ENV["MPESA_BASE_URL"]

from daraja import Mpesa, MpesaConfig  # noqa: E402

URL = ENV["MPESA_CALLBACK_URL"]
COMMON = {
    "SecurityCredential": ENV["MPESA_SECURITY_CREDENTIAL"],
    "Remarks": "Trial",
    "QueueTimeOutURL": URL,
    "ResultURL": URL,
}
INITIATOR = {**COMMON, "Initiator": "testapi"}
PHONE = int(ENV["MPESA_PHONE"])

mpesa = Mpesa(MpesaConfig(consumer_key="key", consumer_secret="secret", passkey=ENV["MPESA_PASSKEY"]))
said = {"token": mpesa.get_access_token()}


def call(name, request):
    said[name] = getattr(mpesa, name)(request).model_dump(mode="json")


push = {
    "BusinessShortCode": 174379,
    "TransactionType": "CustomerPayBillOnline",
    "Amount": 10,
    "PartyA": PHONE,
    "PartyB": 174379,
    "PhoneNumber": PHONE,
    "CallBackURL": URL,
    "AccountReference": "TRIAL",
    "TransactionDesc": "Trial",
}
call("stk_push", push)
checkout = said["stk_push"]["CheckoutRequestID"]
call("stk_query", {"BusinessShortCode": "174379", "CheckoutRequestID": checkout})
b2c = {"InitiatorName": "testapi", "CommandID": "BusinessPayment", "Amount": 20, "PartyA": 600992, "PartyB": PHONE}
call("b2c", {**COMMON, **b2c})
receipt = ENV["MPESA_RECEIPT"]
status = {"CommandID": "TransactionStatusQuery", "TransactionID": receipt, "PartyA": 174379, "IdentifierType": 4}
call("transaction_status", {**INITIATOR, **status})
reversal = {"CommandID": "TransactionReversal", "TransactionID": receipt, "Amount": 30, "ReceiverParty": 174379}
call("reversal", {**INITIATOR, **reversal})
call("account_balance", {**INITIATOR, "CommandID": "AccountBalance", "PartyA": 174379, "IdentifierType": 4})
register = {"ShortCode": "600984", "ResponseType": "Completed", "ConfirmationURL": URL, "ValidationURL": URL}
call("c2b_register_url", register)
simulate = {"ShortCode": 600984, "CommandID": "CustomerPayBillOnline", "Amount": 40, "Msisdn": PHONE}
call("c2b_simulate", {**simulate, "BillRefNumber": "TRIAL"})
sys.stdout.write(json.dumps(said))
