"""Drives mpesakit through every call that it has (no C2B simulation); only its base URL is changed."""

import json
import os
import sys

from mpesakit import MpesaClient
from mpesakit.b2c import B2CCommandIDType
from mpesakit.http_client import MpesaHttpClient

ENV = os.environ
URL = ENV["MPESA_CALLBACK_URL"]
CREDENTIAL = ENV["MPESA_SECURITY_CREDENTIAL"]
PHONE, RECEIPT = ENV["MPESA_PHONE"], ENV["MPESA_RECEIPT"]
MpesaHttpClient._resolve_base_url = lambda self, env: ENV["MPESA_BASE_URL"]

mpesa = MpesaClient(consumer_key="key", consumer_secret="secret")
urls = {"result_url": URL, "queue_timeout_url": URL}
said = {"token": mpesa.token_manager.get_token()}


def keep(name, answer):
    said[name] = answer.model_dump(mode="json")


push = mpesa.express.push(
    business_short_code=174379,
    transaction_type="CustomerPayBillOnline",
    amount=10,
    party_a=PHONE,
    party_b="174379",
    phone_number=PHONE,
    callback_url=URL,
    account_reference="TRIAL",
    transaction_desc="Trial",
    passkey=ENV["MPESA_PASSKEY"],
)
keep("stk_push", push)
keep(
    "stk_query",
    mpesa.express.query(
        business_short_code=174379, checkout_request_id=push.CheckoutRequestID, passkey=ENV["MPESA_PASSKEY"]
    ),
)
keep(
    "b2c",
    mpesa.b2c.send_payment(
        originator_conversation_id="mpesakit-1",
        initiator_name="testapi",
        security_credential=CREDENTIAL,
        command_id=B2CCommandIDType.BusinessPayment,
        amount=20,
        party_a="600992",
        party_b=PHONE,
        remarks="Trial",
        occasion="Trial",
        **urls,
    ),
)
who = {"initiator": "testapi", "security_credential": CREDENTIAL, "remarks": "Trial", **urls}
keep(
    "transaction_status",
    mpesa.transactions.query_status(transaction_id=RECEIPT, party_a=174379, identifier_type=4, **who),
)
keep("reversal", mpesa.reversal.reverse(transaction_id=RECEIPT, amount=30, receiver_party=174379, **who))
keep(
    "account_balance",
    mpesa.balance.query(command_id="AccountBalance", party_a=174379, identifier_type=4, **who),
)
keep(
    "c2b_register_url",
    mpesa.c2b.register_url(short_code=600984, response_type="Completed", confirmation_url=URL, validation_url=URL),
)
sys.stdout.write(json.dumps(said))
