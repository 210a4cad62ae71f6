"""An application that makes the usual mistakes: it retries what moves money, and believes what it is told."""

import base64
import json
import os
import queue
import sys
import threading
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


http = httpx.Client(base_url=ENV["MPESA_BASE_URL"], timeout=15)


def post(path, body):
    auth = (ENV["MPESA_CONSUMER_KEY"], ENV["MPESA_CONSUMER_SECRET"])
    token = http.get("/oauth/v1/generate?grant_type=client_credentials", auth=auth).json()["access_token"]
    for _ in range(3):
        try:
            answer = http.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError:
            continue
        if answer.status_code < 500:
            return
    return


def collect():
    secret = f"{ENV['MPESA_SHORTCODE']}{ENV['MPESA_PASSKEY']}{STAMP}".encode()
    post(
        "/mpesa/stkpush/v1/processrequest",
        {
            "BusinessShortCode": ENV["MPESA_SHORTCODE"],
            "Password": base64.b64encode(secret).decode(),
            "Timestamp": STAMP,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": int(ENV["MPESA_AMOUNT"]),
            "PartyA": ENV["MPESA_PHONE"],
            "PartyB": ENV["MPESA_SHORTCODE"],
            "PhoneNumber": ENV["MPESA_PHONE"],
            "CallBackURL": CALLBACK,
            "AccountReference": "TRIAL",
            "TransactionDesc": "Trial",
        },
    )
    for message in news():
        callback = message["Body"]["stkCallback"]
        if int(callback["ResultCode"]) == 0:
            say(f"paid {callback['CallbackMetadata']['Item'][1]['Value']}")
        else:
            say("failed")


def pay_out():
    post(
        "/mpesa/b2c/v1/paymentrequest",
        {
            "InitiatorName": ENV["MPESA_INITIATOR"],
            "SecurityCredential": ENV["MPESA_SECURITY_CREDENTIAL"],
            "CommandID": "BusinessPayment",
            "Amount": int(ENV["MPESA_AMOUNT"]),
            "PartyA": ENV["MPESA_SHORTCODE"],
            "PartyB": ENV["MPESA_PHONE"],
            "Remarks": "Trial",
            "QueueTimeOutURL": CALLBACK,
            "ResultURL": CALLBACK,
        },
    )
    for message in news():
        result = message["Result"]
        say(f"paid {result['TransactionID']}" if result["ResultCode"] == 0 else "failed")


def say(words):
    sys.stdout.write(words + "\n")


def news():
    heard = False
    while True:
        try:
            yield inbox.get(timeout=2)
            heard = True
        except queue.Empty:
            if not heard:
                say("failed")
            return


server = ThreadingHTTPServer(("127.0.0.1", urlsplit(CALLBACK).port), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
{"collect": collect, "pay_out": pay_out}[ENV["MPESA_TASK"]]()
