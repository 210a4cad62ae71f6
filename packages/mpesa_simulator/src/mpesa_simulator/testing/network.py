"""A network inside a test: it really serves HTTP, on a free port, and everything goes through its control API."""

import asyncio
import threading
from functools import partial
from types import TracebackType
from typing import Any, Self

import httpx

from mpesa_simulator.core import credentials
from mpesa_simulator.core.world import build
from mpesa_simulator.server import CannotServeError, run_loop, serve

_START_SECONDS = 10
_HTTP_SECONDS = 130
_SANDBOX_INITIATOR = "Safaricom999!*!"


class ControlError(Exception):
    """The control API refused; the text is what it said."""


class Control:
    """The control API of a running network, wherever it runs."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._http = httpx.Client(base_url=f"{base_url}/simulator/v1", timeout=_HTTP_SECONDS)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def call(self, method: str, path: str, body: object = None, **query: object) -> Any:
        """One request to the control API. Raises ControlError with its words when it refuses."""
        params = {name: str(value) for name, value in query.items() if value is not None}
        response = self._http.request(method, path, json=body, params=params)
        if response.is_error:
            raise ControlError(response.json().get("detail", response.text))
        return response.json()

    def subscriber(self, msisdn: str = "254708374149", **change: object) -> "Phone":
        """Add or change a subscriber (name, pin, balance in shillings, registered, phone, locked)."""
        if "balance" in change:
            change["balance"] = str(change["balance"])
        self.call("PUT", f"/subscribers/{msisdn}", change)
        return Phone(self, msisdn)

    def organisation(self, shortcode: str, **change: object) -> dict[str, Any]:
        """Add or change an organisation; `balances={"utility": 1000}` in shillings."""
        state: dict[str, Any] = self.call("PUT", f"/organisations/{shortcode}", change)
        return state

    def configure(self, **settings: object) -> None:
        """Change settings such as prompt_seconds and callback_seconds."""
        self.call("PATCH", "/settings", settings)

    def break_things(self, *faults: dict[str, object]) -> None:
        """Put these faults in force in place of all earlier ones; without any, everything is repaired."""
        self.call("PUT", "/faults", {"faults": list(faults)})

    def advance(self, seconds: float) -> None:
        """Move virtual time; when this returns, everything that was due has happened."""
        self.call("POST", "/clock/advance", {"seconds": seconds})

    def callbacks(self, about: str | None = None, *, wait_seconds: float = 5) -> list[dict[str, Any]]:
        """What was posted to organisations, once nothing is on its way any more."""
        rows: list[dict[str, Any]] = self.call("GET", "/callbacks", about=about, wait_seconds=wait_seconds)
        return rows

    def ended(self, prompt_id: str, *, code: str | None = None, wait_seconds: float = 5) -> dict[str, Any]:
        """A prompt (its CheckoutRequestID) once it has ended, with `code` when that is given."""
        prompt: dict[str, Any] = self.call("GET", f"/prompts/{prompt_id}", wait_seconds=wait_seconds, code=code)
        return prompt

    def settled(self, conversation_id: str, *, wait_seconds: float = 5) -> list[dict[str, Any]]:
        """The callbacks of an asynchronous request once it was carried out and they were sent."""
        query = {"conversation_id": conversation_id, "wait_seconds": wait_seconds}
        self.call("GET", "/requests", **query)
        return self.callbacks(conversation_id, wait_seconds=wait_seconds)

    def quiet(self, *, wait_seconds: float = 5) -> None:
        """Return once nothing is due any more and no callback is on its way."""
        self.call("POST", "/quiet", {"wait_seconds": wait_seconds})

    def transactions(self, party: str | None = None) -> list[dict[str, Any]]:
        """The transactions of everyone or of one party, oldest first."""
        rows: list[dict[str, Any]] = self.call("GET", "/transactions", party=party)
        return rows

    def token(self, consumer_key: str = "key", consumer_secret: str = "any") -> str:  # noqa: S107 - any will do
        """An access token for the wire API."""
        answer = self._http.get(
            f"{self.base_url}/oauth/v1/generate?grant_type=client_credentials", auth=(consumer_key, consumer_secret)
        )
        return str(answer.json()["access_token"])

    def security_credential(self, password: str = _SANDBOX_INITIATOR) -> str:
        """An initiator's password, encrypted with this network's certificate."""
        pem = self._http.get("/certificate").content
        return credentials.make(pem, password)

    def trial_balance(self) -> dict[str, Any]:
        """All accounts and their total, which is zero."""
        balance: dict[str, Any] = self.call("GET", "/trial-balance")
        return balance


class Phone:
    """One subscriber's handset."""

    def __init__(self, control: Control, msisdn: str) -> None:
        self._control = control
        self.msisdn = msisdn
        self._path = f"/subscribers/{msisdn}"

    @property
    def state(self) -> dict[str, Any]:
        """The subscriber as it stands: name, pin, balance, phone, locked, …"""
        state: dict[str, Any] = self._control.call("GET", self._path)
        return state

    @property
    def balance(self) -> float:
        """Shillings in the wallet."""
        return float(self.state["balance"])

    @property
    def messages(self) -> list[str]:
        """The texts of all SMS, newest first."""
        return [message["text"] for message in self._control.call("GET", f"{self._path}/messages")]

    def wait_for_prompt(self, wait_seconds: float = 5) -> dict[str, Any]:
        """The prompt on the screen, as soon as there is one. Raises ControlError when none rises in time."""
        prompt: dict[str, Any] = self._control.call("GET", f"{self._path}/prompt", wait_seconds=wait_seconds)
        return prompt

    def enter_pin(self, pin: str | None = None, *, wait_seconds: float = 5) -> dict[str, Any]:
        """Type the PIN (the right one unless told otherwise) into the prompt and press Send."""
        return self._answer(pin=pin or self.state["pin"], wait_seconds=wait_seconds)

    def cancel(self, *, wait_seconds: float = 5) -> dict[str, Any]:
        """Press Cancel on the prompt."""
        return self._answer(cancel=True, wait_seconds=wait_seconds)

    def _answer(self, **answer: object) -> dict[str, Any]:
        prompt: dict[str, Any] = self._control.call("POST", f"{self._path}/answer", answer)
        return prompt

    def answers(self, answer: str, after_seconds: float = 0) -> Self:
        """From now on the phone answers by itself: pin, wrong_pin, cancel or ignore."""
        self._control.call("PUT", f"{self._path}/autopilot", {"answer": answer, "after_seconds": after_seconds})
        return self

    def switch(self, phone: str) -> Self:
        """Switch the phone `on` or `off`, or give it an `old_sim`."""
        self._control.call("PUT", self._path, {"phone": phone})
        return self


class Network(Control):
    """A network of its own, served from a thread of this process while the `with` block runs."""

    def __init__(
        self,
        *,
        books: str = ":memory:",
        seed: int | None = None,
        virtual: bool = False,
        port: int = 0,
        **settings: object,
    ) -> None:
        self._build = partial(build, books, seed, virtual=virtual)
        self._settings = settings
        self._port = port
        self._ready = threading.Event()
        self._problem: CannotServeError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="mpesa-simulator", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise CannotServeError("The simulator did not start in time.")
        if self._problem is not None:
            raise self._problem
        if self._settings:
            self.configure(**self._settings)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_START_SECONDS)

    def _run(self) -> None:
        run_loop(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        world = self._build()
        try:
            await serve(world, "127.0.0.1", self._port, self._announce, self._stop)
        except CannotServeError as problem:
            self._problem = problem
            self._ready.set()

    def _announce(self, base_url: str) -> None:
        super().__init__(base_url)
        self._ready.set()
