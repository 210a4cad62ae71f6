"""How many STK pushes a second the simulator takes, pays and reports, callbacks delivered.

    .venv/bin/python benchmarks/simulator_pushes.py [pushes]

The simulator runs in a process of its own; this process sends the pushes over keep-alive connections and takes the
callbacks. Every phone answers its prompt by itself, so each push is a whole payment: PIN, journal entry, SMS, callback.

The rate depends on what else the machine does; the processor time of a push, told for both processes, hardly does.
"""

import asyncio
import base64
import json
import subprocess
import sys
import time
from dataclasses import dataclass

import psutil

from mpesa_simulator import Control

CONNECTIONS = 48
PHONES_EACH = 10
PHONES = [f"2547{number:08d}" for number in range(CONNECTIONS * PHONES_EACH)]
WANTED_PER_SECOND = 1500
PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
STAMP = "20260105080000"


class Receiver(asyncio.Protocol):
    """An HTTP server that counts what is posted to it."""

    received = 0
    complete = asyncio.Event()
    expected = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length :]
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            Receiver.received += 1
            if Receiver.received == Receiver.expected:
                Receiver.complete.set()


def request(host: str, token: str, phone: str, callback_url: str) -> bytes:
    """One STK push as bytes on the wire."""
    password = base64.b64encode(f"174379{PASSKEY}{STAMP}".encode()).decode()
    body = json.dumps(
        {
            "BusinessShortCode": 174379,
            "Password": password,
            "Timestamp": STAMP,
            "TransactionType": "CustomerPayBillOnline",
            "Amount": 1,
            "PartyA": phone,
            "PartyB": "174379",
            "PhoneNumber": phone,
            "CallBackURL": callback_url,
            "AccountReference": "BENCH",
            "TransactionDesc": "Bench",
        }
    ).encode()
    head = (
        f"POST /mpesa/stkpush/v1/processrequest HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send(host: str, port: int, messages: list[bytes], times: int) -> int:
    """Send pushes to a few phones in turn over one connection; returns how many were accepted."""
    reader, writer = await asyncio.open_connection(host, port)
    accepted = 0
    for turn in range(times):
        writer.write(messages[turn % PHONES_EACH])
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        accepted += head.startswith(b"http/1.1 200")
    writer.close()
    return accepted


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds on the clock until the last callback had arrived, and on the processor (user and system)."""

    accepted: int
    took: float
    simulator_took: float
    generator_took: float

    @property
    def rate(self) -> float:
        """Pushes a second."""
        return self.accepted / self.took

    def microseconds(self, seconds: float) -> float:
        """What of `seconds` falls to one push."""
        return seconds / self.accepted * 1e6


def processor_seconds(process: psutil.Process) -> float:
    """What a process has used of the processors so far."""
    times = process.cpu_times()
    return times.user + times.system


async def measure(control: Control, token: str, pushes: int, simulator: psutil.Process) -> Measured:
    """Send the pushes and wait for the last callback."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Receiver, "127.0.0.1", 0)
    callback_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback"
    host, port = control.base_url.removeprefix("http://").split(":")
    each = pushes // CONNECTIONS
    messages = [request(host, token, phone, callback_url) for phone in PHONES]
    batches = [messages[first : first + PHONES_EACH] for first in range(0, len(messages), PHONES_EACH)]
    processes = simulator, psutil.Process()
    began, before = time.perf_counter(), [processor_seconds(process) for process in processes]
    accepted = sum(await asyncio.gather(*(send(host, int(port), batch, each) for batch in batches)))
    Receiver.expected = accepted
    async with asyncio.timeout(60):
        while Receiver.received < accepted:
            await Receiver.complete.wait()
    took = time.perf_counter() - began
    used = [processor_seconds(process) - then for process, then in zip(processes, before, strict=True)]
    server.close()
    return Measured(accepted, took, *used)


def main() -> None:
    pushes = int(sys.argv[1]) if len(sys.argv) > 1 else 6000
    command = [sys.executable, "-m", "mpesa_simulator", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own command
        try:
            assert process.stdout is not None
            control = Control(process.stdout.readline().rsplit(" ", 1)[-1].strip())
            control.configure(push_seconds=0, callback_seconds=0)
            for phone in PHONES:
                control.subscriber(phone, balance=1000).answers("pin", 0)
            token = control.token()
            measured = asyncio.run(measure(control, token, pushes, psutil.Process(process.pid)))
            paid = sum(row["kind"] == "pay_bill" for row in control.transactions("174379"))
            total = control.trial_balance()["total"]
            control.close()
        finally:
            process.terminate()
    print(
        f"{measured.accepted} pushes, {Receiver.received} callbacks, {measured.rate:,.0f} pushes/s;"
        f" books total {total}, {paid} seen"
    )
    print(
        f"processor time of a push: simulator {measured.microseconds(measured.simulator_took):,.0f} us,"
        f" this generator {measured.microseconds(measured.generator_took):,.0f} us"
    )
    if measured.rate < WANTED_PER_SECOND:
        sys.exit(f"Slower than {WANTED_PER_SECOND} pushes/s.")


if __name__ == "__main__":
    main()
