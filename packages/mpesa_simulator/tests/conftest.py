"""What the tests share: an app that calls the API, and a server that takes callbacks, both over real HTTP."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from mpesa_simulator import Network

PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
PHONE = "254708374149"


#: What an initiator sends; made with another certificate, so it is taken on trust.
CREDENTIAL = base64.b64encode(bytes(range(256))).decode()


@dataclass
class Receiver:
    """An organisation's server: keeps what is posted to it, and answers what it is told to."""

    base_url: str = ""
    posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    replies: dict[str, tuple[int, dict[str, Any]]] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"{self.base_url}/{path}"

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was posted to `path`, in order."""
        return [body for to, body in self.posts if to == f"/{path}"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            state.posts.append((self.path, json.loads(raw)))
            status, reply = state.replies.get(self.path, (200, {"ResultCode": 0, "ResultDesc": "Accepted"}))
            answer = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


class App:
    """A developer's application with a token."""

    def __init__(self, mpesa: Network, credentials: tuple[str, str] = ("key", "secret")) -> None:
        self.mpesa = mpesa
        self.http = httpx.Client(base_url=mpesa.base_url, timeout=20)
        self.credentials = credentials
        self.token = ""
        self.authorise()

    def authorise(self) -> None:
        """Get a token; one that the gateway will not give is done without."""
        params = {"grant_type": "client_credentials"}
        answer = self.http.get("/oauth/v1/generate", params=params, auth=self.credentials)
        if answer.is_success:
            self.token = answer.json()["access_token"]

    def post(self, path: str, body: object) -> httpx.Response:
        return self.http.post(path, json=body, headers={"Authorization": f"Bearer {self.token}"})

    def push(self, receiver: Receiver, **change: object) -> httpx.Response:
        return self.post("/mpesa/stkpush/v1/processrequest", push_body(receiver, **change))

    def initiate(self, receiver: Receiver, path: str, **fields: object) -> httpx.Response:
        """An initiator's request, with everything that all of them have in common."""
        body = {
            "Initiator": "testapi",
            "InitiatorName": "testapi",
            "SecurityCredential": CREDENTIAL,
            "Remarks": "Remarks",
            "QueueTimeOutURL": receiver.url("timeout"),
            "ResultURL": receiver.url("result"),
            **fields,
        }
        return self.post(path, {name: value for name, value in body.items() if value is not None})

    def b2c(self, receiver: Receiver, **change: object) -> httpx.Response:
        fields = {"CommandID": "BusinessPayment", "Amount": 1600, "PartyA": "600992", "PartyB": PHONE, **change}
        return self.initiate(receiver, "/mpesa/b2c/v3/paymentrequest", **fields)

    def query(self, checkout_request_id: str) -> httpx.Response:
        body = {**signature(), "CheckoutRequestID": checkout_request_id}
        return self.post("/mpesa/stkpushquery/v1/query", body)


def signature(shortcode: str = "174379", passkey: str = PASSKEY, timestamp: str = "20260105080000") -> dict[str, str]:
    password = base64.b64encode(f"{shortcode}{passkey}{timestamp}".encode()).decode()
    return {"BusinessShortCode": shortcode, "Password": password, "Timestamp": timestamp}


def push_body(receiver: Receiver, **change: object) -> dict[str, object]:
    return {
        **signature(),
        "TransactionType": "CustomerPayBillOnline",
        "Amount": 1250,
        "PartyA": PHONE,
        "PartyB": "174379",
        "PhoneNumber": PHONE,
        "CallBackURL": receiver.url("stk"),
        "AccountReference": "SP-20417",
        "TransactionDesc": "Order",
        **change,
    }


@pytest.fixture
def app_of() -> Iterator[Callable[[Network], App]]:
    """An application of any network."""
    apps: list[App] = []

    def make(network: Network) -> App:
        apps.append(App(network))
        return apps[-1]

    yield make
    for each in apps:
        each.http.close()


@pytest.fixture
def app(mpesa: Network, app_of: Callable[[Network], App]) -> App:
    return app_of(mpesa)
