"""What a call of the client costs beyond the same bytes sent with bare httpx.

    .venv/bin/python -m benchmarks.run daraja_overhead

A server in a process of its own answers from memory. Rounds of both kinds alternate, so that whatever else the
machine does falls on both; the median round counts. Budget: 150 µs of processor time a call.
"""

import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection

import httpx

import daraja
from benchmarks.figures import Figure

ROUNDS, CALLS = 30, 100
BUDGET_MICROSECONDS = 150
ACK = json.dumps(
    {
        "MerchantRequestID": "2654-4b64-97ff-b827b542881d3130",
        "CheckoutRequestID": "ws_CO_23112026091500123708374149",
        "ResponseCode": "0",
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }
).encode()
TOKEN = json.dumps({"access_token": "c9SQxWWhmdVRlyh0zh8gZDTkubVF", "expires_in": "3599"}).encode()


def serve(ready: Connection) -> None:
    """Answer every POST with an acknowledgement and every GET with a token."""
    listener = socket.create_server(("127.0.0.1", 0))
    ready.send(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer_all(connection)


def answer_all(connection: socket.socket) -> None:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
        head, separator, body = received.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        if not separator or len(body) < length:
            continue
        received = b""
        content = TOKEN if head.startswith(b"GET") else ACK
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(content), content)
        )
        if head.startswith(b"GET"):
            break
    connection.close()


def cost(call: Callable[[], object]) -> tuple[float, float]:
    """Processor time and wall time of one call, in microseconds, averaged over a round."""
    wall, processor = time.perf_counter(), time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - processor) / CALLS * 1e6, (time.perf_counter() - wall) / CALLS * 1e6


def rounds(url: str) -> list[Figure]:
    """Processor and wall time of a call, with bare httpx as its limit."""
    environment = daraja.Environment(base_url=url, allow_http=True)
    push = daraja.StkPush(
        shortcode="174379",
        passkey="0" * 64,
        amount=1250,
        msisdn="254708374149",
        callback_url="https://shop.example/pay/abc",
        account_reference="SP12345678",
        description="Sokopesa",
    )
    content = json.dumps(push.body(environment)).encode()
    headers = {"Authorization": "Bearer c9SQxWWhmdVRlyh0zh8gZDTkubVF", "Content-Type": "application/json"}
    credentials = daraja.Credentials(consumer_key="key", consumer_secret="secret")  # noqa: S106 (of nobody)

    def bare() -> None:
        with httpx.Client() as http:
            costs_bare.append(cost(lambda: http.post(url + push.path, content=content, headers=headers)))

    def ours() -> None:
        with daraja.Client(credentials=credentials, environment=environment) as client:
            client.authenticate()
            costs_ours.append(cost(lambda: client.stk_push(push)))

    costs_bare: list[tuple[float, float]] = []
    costs_ours: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        bare()
        ours()
    figures = []
    for index, kind in enumerate(("processor", "wall")):
        without = statistics.median(pair[index] for pair in costs_bare)
        with_us = statistics.median(pair[index] for pair in costs_ours)
        figures.append(Figure(f"STK push by daraja, {kind} time (limit: httpx)", round(with_us), "µs", round(without)))
    processor = figures[0]
    overhead = processor.value - (processor.limit or 0)
    return [*figures, Figure("what daraja adds, processor time", overhead, "µs", BUDGET_MICROSECONDS)]


def measure() -> list[Figure]:
    """Times of a call beside bare httpx, and what is ours of it beside our budget."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    server = multiprocessing.Process(target=serve, args=(sender,), daemon=True)
    server.start()
    try:
        return rounds(f"http://127.0.0.1:{receiver.recv()}")
    finally:
        server.terminate()
        server.join()
