"""The notices that M-PESA posts to organisations. One attempt each, as the real network makes: no retries."""

from collections.abc import Coroutine
from dataclasses import dataclass, replace

from mpesa_simulator.core.agenda import Agenda
from mpesa_simulator.core.books import Books, Row
from mpesa_simulator.core.clock import Clock
from mpesa_simulator.core.faults import Faults
from mpesa_simulator.core.hub import Hub
from mpesa_simulator.core.posting import BadAnswerError, Poster
from mpesa_simulator.core.settings import Settings

_KEPT_OF_ANSWER = 500
#: Milliseconds between a callback and the one that it overtook.
_OVERTAKEN_BY = 200


@dataclass(frozen=True, slots=True)
class Callback:
    """A notice to send: `kind` such as stk, c2b_confirmation or b2c; `about` is the id it reports on."""

    kind: str
    about: str
    organisation: str
    phone: str
    url: str
    body: str
    fault: str | None = None


class Callbacks:
    """Queues callbacks, lets the faults have their way with them, and posts them."""

    def __init__(self, books: Books, clock: Clock, agenda: Agenda, faults: Faults, hub: Hub) -> None:
        self._books = books
        self._clock = clock
        self._agenda = agenda
        self._faults = faults
        self._hub = hub
        self._poster: Poster | None = None
        self._holds_back = books.one("SELECT 1 FROM callbacks WHERE fault = 'callback_reordered'") is not None
        agenda.teach("deliver", self._deliver)

    def open(self) -> None:
        """Start: what was on its way when the network last stopped did not arrive."""
        self._poster = Poster()
        self._books.run(
            "UPDATE callbacks SET state = 'failed', answer = 'The simulator stopped.' WHERE state = 'sending'"
        )

    def close(self) -> None:
        """Let go of all connections."""
        if self._poster is not None:
            self._poster.close()

    def send(self, callback: Callback, settings: Settings) -> None:
        """Queue `callback`, as the faults in force will have it."""
        due_at = self._clock.now() + int(settings.callback_seconds * 1000)
        where = {"organisation": callback.organisation, "phone": callback.phone, "operation": callback.kind}
        if self._faults.strike("callback_lost", **where):
            self._store(replace(callback, fault="callback_lost"), due_at, state="lost")
            return
        if rule := self._faults.strike("callback_misdirected", **where):
            callback = replace(callback, url=rule.url, fault="callback_misdirected")
        if rule := self._faults.strike("callback_delayed", **where):
            due_at += int(rule.seconds * 1000)
            callback = replace(callback, fault="callback_delayed")
        if self._faults.strike("callback_early", **where):
            due_at = self._clock.now()
            callback = replace(callback, fault="callback_early")
        if self._faults.strike("callback_reordered", **where):
            self._store(replace(callback, fault="callback_reordered"), due_at, state="waiting")
            self._holds_back = True
            return
        self._queue(callback, due_at)
        if self._holds_back:
            self._release_held_back(callback.organisation, due_at)
        if rule := self._faults.strike("callback_duplicated", **where):
            for number in range(1, rule.copies):
                copy = replace(callback, fault="callback_duplicated")
                self._queue(copy, due_at + number * int(rule.seconds * 1000))

    def forge(self, callback: Callback) -> bool:
        """Send `callback`, which is no true word of M-PESA's, if a fault wants a forgery here."""
        where = {"organisation": callback.organisation, "phone": callback.phone, "operation": callback.kind}
        if not self._faults.strike("callback_forged", **where):
            return False
        self._queue(replace(callback, fault="callback_forged"), self._clock.now())
        return True

    def _release_held_back(self, organisation: str, due_at: int) -> None:
        """What was held back goes out right after the callback that overtook it."""
        held = self._books.all(
            "SELECT id FROM callbacks WHERE state = 'waiting' AND fault = 'callback_reordered' AND organisation = ?"
            " AND due_at <= ? AND id NOT IN (SELECT subject FROM agenda WHERE verb = 'deliver')",
            organisation,
            due_at,
        )
        for row in held:
            self._agenda.put("deliver", str(row["id"]), due_at + _OVERTAKEN_BY)

    def _queue(self, callback: Callback, due_at: int) -> None:
        number = self._store(callback, due_at, state="waiting")
        self._agenda.put("deliver", str(number), due_at)

    def _store(self, callback: Callback, due_at: int, *, state: str) -> int:
        cursor = self._books.run(
            "INSERT INTO callbacks (kind, about, organisation, phone, url, body, state, fault, due_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            callback.kind,
            callback.about,
            callback.organisation,
            callback.phone,
            callback.url,
            callback.body,
            state,
            callback.fault,
            due_at,
        )
        self._hub.announce("network")
        return int(cursor.lastrowid or 0)

    def _deliver(self, number: str) -> Coroutine[None, None, None]:
        row = self._books.one(
            "UPDATE callbacks SET state = 'sending', sent_at = ? WHERE id = ? RETURNING id, url, body",
            self._clock.now(),
            int(number),
        )
        assert row is not None
        return self._post(row)

    async def _post(self, row: Row) -> None:
        status, answer = await self.post(row["url"], row["body"])
        delivered = status is not None and status < 400
        self._books.run(
            "UPDATE callbacks SET state = ?, status = ?, answer = ? WHERE id = ?",
            "delivered" if delivered else "failed",
            status,
            answer[:_KEPT_OF_ANSWER],
            row["id"],
        )
        self._hub.announce("network")

    async def post(self, url: str, body: str, seconds: float = 8) -> tuple[int | None, str]:
        """POST JSON. Returns the status and the answer, or None and why there is no answer."""
        assert self._poster is not None
        try:
            answer = await self._poster.post(url, body.encode(), seconds)
        except TimeoutError:
            return None, "no answer in time"
        except (OSError, ValueError, BadAnswerError) as error:
            return None, f"{type(error).__name__}: {error}"
        return answer.status, answer.text
