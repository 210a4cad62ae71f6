"""A gateway to talk to: a real HTTP server on loopback that answers as each test says and remembers what came."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import daraja

sys.path.append(str(Path(__file__).parent))  # for daraja_cases

PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"


@dataclass
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, object]:
        message = json.loads(self.body)
        assert isinstance(message, dict)
        return message


@dataclass
class Answer:
    """What the gateway says: a status and a body, or `hang` (no answer) or `drop` (the connection closed)."""

    status: int = 200
    body: bytes | dict[str, object] = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    date: str = ""
    """The time the gateway claims; the real one unless given."""
    hang: bool = False
    drop: bool = False


@dataclass
class Gateway:
    """Tokens are minted as `token-1`, `token-2` …; every other path answers from `script`, the last answer staying."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    script: list[Answer] = field(default_factory=list)
    routes: dict[str, Answer] = field(default_factory=dict)
    """Answers of single paths, which come before the script's."""
    token_script: list[Answer] = field(default_factory=list)
    tokens_minted: int = 0
    mint_seconds: float = 0.0
    released: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    """Set once a call has been answered."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answers(self, *answers: Answer) -> None:
        self.script[:] = answers

    @property
    def calls(self) -> list[Received]:
        return [request for request in self.received if not request.path.startswith("/oauth")]

    @property
    def environment(self) -> daraja.Environment:
        return daraja.Environment(base_url=self.url, allow_http=True)

    def next_answer(self, path: str) -> Answer:
        with self._lock:
            if path in self.routes:
                return self.routes[path]
            if not path.startswith("/oauth"):
                return self.script.pop(0) if len(self.script) > 1 else self.script[0]
            if self.token_script:
                return self.token_script.pop(0)
            self.tokens_minted += 1
            minted = self.tokens_minted
        time.sleep(self.mint_seconds)
        return Answer(body={"access_token": f"token-{minted}", "expires_in": "3599"})


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            gateway.received.append(Received(self.command, self.path, dict(self.headers), body))
            answer = gateway.next_answer(self.path)
            if answer.hang:
                gateway.released.wait()
            if answer.hang or answer.drop:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response_only(answer.status)
            self.send_header("Date", answer.date or self.date_time_string())
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            if not self.path.startswith("/oauth"):
                gateway.asked.set()

        do_GET = do_POST = answer  # noqa: N815 (the server's own names)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    gateway = Gateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(gateway))
    gateway.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield gateway
    gateway.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def credentials() -> daraja.Credentials:
    return daraja.Credentials(consumer_key="consumer-key-1", consumer_secret="consumer-secret-1")


@pytest.fixture
def client(gateway: Gateway, credentials: daraja.Credentials) -> Iterator[daraja.Client]:
    with daraja.Client(credentials=credentials, environment=gateway.environment, timeout=5) as client:
        yield client


PushMaker = Callable[..., daraja.StkPush]


@pytest.fixture
def make_push() -> PushMaker:
    def make(**changes: object) -> daraja.StkPush:
        fields: dict[str, object] = {
            "shortcode": "174379",
            "passkey": PASSKEY,
            "amount": 1250,
            "msisdn": "254708374149",
            "callback_url": "https://shop.example/pay/abc",
            "account_reference": "SP12345678",
            "description": "Sokopesa",
        }
        return daraja.StkPush(**(fields | changes))

    return make


@pytest.fixture
def answer() -> type[Answer]:
    return Answer
