"""An application that takes the trials as it should: nothing is believed unverified, nothing is sent twice."""

import base64
import contextlib
import json
import os
import queue
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx

ENV = os.environ
CALLBACK = ENV["MPESA_CALLBACK_URL"]
STAMP = "20260105080000"
inbox: "queue.Queue[dict]" = queue.Queue()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        inbox.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


class Client:
    def __init__(self):
        self.http = httpx.Client(base_url=ENV["MPESA_BASE_URL"], timeout=15)
        self.token = None

    def post(self, path, body):
        for _ in range(2):
            self.token = self.token or self.fetch_token()
            answer = self.http.post(path, json=body, headers={"Authorization": f"Bearer {self.token}"})
            if "Invalid Access Token" not in answer.text:
                return answer
            self.token = None
        return answer

    def fetch_token(self):
        credentials = (ENV["MPESA_CONSUMER_KEY"], ENV["MPESA_CONSUMER_SECRET"])
        url = "/oauth/v1/generate?grant_type=client_credentials"
        return self.http.get(url, auth=credentials).json()["access_token"]


def signature():
    secret = f"{ENV['MPESA_SHORTCODE']}{ENV['MPESA_PASSKEY']}{STAMP}".encode()
    return {
        "BusinessShortCode": ENV["MPESA_SHORTCODE"],
        "Password": base64.b64encode(secret).decode(),
        "Timestamp": STAMP,
    }


def collect(client):
    body = {
        **signature(),
        "TransactionType": "CustomerPayBillOnline",
        "Amount": int(ENV["MPESA_AMOUNT"]),
        "PartyA": ENV["MPESA_PHONE"],
        "PartyB": ENV["MPESA_SHORTCODE"],
        "PhoneNumber": ENV["MPESA_PHONE"],
        "CallBackURL": CALLBACK,
        "AccountReference": ENV["MPESA_REFERENCE"],
        "TransactionDesc": "Trial",
    }
    try:
        checkout = client.post("/mpesa/stkpush/v1/processrequest", body).json().get("CheckoutRequestID")
    except (httpx.HTTPError, ValueError):
        return "unknown"
    failures = set()
    for message in news():
        callback = message["Body"]["stkCallback"]
        code = str(callback["ResultCode"])
        if callback["CheckoutRequestID"] != checkout:
            continue
        if code == "0":
            items = {item["Name"]: item.get("Value") for item in callback["CallbackMetadata"]["Item"]}
            receipt = str(items["MpesaReceiptNumber"])
            if is_true(client, receipt):
                return f"paid {receipt}"
        else:
            failures.add(code)
    if failures & {"1", "1032", "2001", "SFC_IC0003"}:
        return "failed"
    return "unknown"


def is_true(client, receipt):
    """Ask M-PESA itself about a receipt."""
    body = initiator() | {
        "CommandID": "TransactionStatusQuery",
        "TransactionID": receipt,
        "PartyA": ENV["MPESA_SHORTCODE"],
        "IdentifierType": "4",
    }
    client.post("/mpesa/transactionstatus/v1/query", body)
    for message in news():
        if "Result" in message:
            return str(message["Result"]["ResultCode"]) == "0"
    return False


def initiator():
    return {
        "Initiator": ENV["MPESA_INITIATOR"],
        "InitiatorName": ENV["MPESA_INITIATOR"],
        "SecurityCredential": ENV["MPESA_SECURITY_CREDENTIAL"],
        "QueueTimeOutURL": CALLBACK,
        "ResultURL": CALLBACK,
        "Remarks": "Trial",
    }


def pay_out(client):
    body = initiator() | {
        "OriginatorConversationID": str(uuid.uuid4()),
        "CommandID": "BusinessPayment",
        "Amount": int(ENV["MPESA_AMOUNT"]),
        "PartyA": ENV["MPESA_SHORTCODE"],
        "PartyB": ENV["MPESA_PHONE"],
        "Occassion": "Trial",
    }
    with contextlib.suppress(httpx.HTTPError):
        client.post("/mpesa/b2c/v3/paymentrequest", body)
    for message in news():
        result = message["Result"]
        if result["OriginatorConversationID"] == body["OriginatorConversationID"] and result["ResultType"] != 1:
            return f"paid {result['TransactionID']}" if str(result["ResultCode"]) == "0" else "failed"
    return "unknown"


def news():
    """Callbacks, until patience ends."""
    end = time.monotonic() + float(ENV["MPESA_PATIENCE_SECONDS"])
    while (left := end - time.monotonic()) > 0:
        try:
            yield inbox.get(timeout=left)
        except queue.Empty:
            return


server = ThreadingHTTPServer(("127.0.0.1", urlsplit(CALLBACK).port), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdout.write({"collect": collect, "pay_out": pay_out}[ENV["MPESA_TASK"]](Client()))
