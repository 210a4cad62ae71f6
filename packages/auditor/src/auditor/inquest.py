"""The ledger proved: sums, balances and chain together, so that each corruption is named once.

What follows from a corruption is not another one. Whatever is proved or known of how an entry read before is written
into ``fixes`` (amounts), ``rekeyed`` (keys), ``ghosts`` (entries that are gone) and ``gone`` (entries that never should
have been); the views ``true_entries`` and ``true_postings`` are the books with these mended, and everything that is
compared with receipts, refunds, transfers and statements is read from them. ``doubtful`` are entries of which nothing
is known but that they were altered: they are accused of nothing more.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

from auditor.books import Books
from auditor.canonical import Entry, Posting, key_mark, seal
from auditor.chain import Chain
from auditor.diagnosis import Diagnosis, Suspects, diagnose, name, sums
from auditor.findings import Fault, Finding, kes

MOST = 1_000
"""Altered entries that are diagnosed; of further ones only the fields are named."""

TABLES = """
CREATE OR REPLACE TEMP TABLE fixes (entry_id BIGINT, account_id BIGINT, cents BIGINT);
CREATE OR REPLACE TEMP TABLE rekeyed (id BIGINT, key VARCHAR);
CREATE OR REPLACE TEMP TABLE ghosts (id BIGINT, key VARCHAR);
CREATE OR REPLACE TEMP TABLE gone (id BIGINT);
CREATE OR REPLACE TEMP TABLE doubtful (id BIGINT);
CREATE OR REPLACE TEMP VIEW true_entries AS
    SELECT entries.id, coalesce(rekeyed.key, entries.key) AS key, kind, happened_at
    FROM entries LEFT JOIN rekeyed USING (id) WHERE entries.id NOT IN (SELECT id FROM gone)
    UNION ALL SELECT id, key, 'missing', NULL FROM ghosts;
CREATE OR REPLACE TEMP VIEW true_postings AS
    SELECT id, entry_id, account_id, amount_cents AS cents FROM postings WHERE entry_id NOT IN (SELECT id FROM gone)
    UNION ALL SELECT NULL, entry_id, account_id, cents FROM fixes;
"""

EXPECTED_KEYS = """
SELECT 'receipt:' || code AS key FROM receipts
UNION ALL SELECT 'refund:' || key FROM refunds
UNION ALL SELECT 'refund-used:' || key FROM refunds WHERE state = 'used'
UNION ALL SELECT 'transfer:' || id FROM transfers WHERE state = 'paid'
"""
"""The keys that entries must have by what other tables say."""


class Inquest:
    """Takes what the chain saw, explains it, and leaves the true books behind as views."""

    def __init__(self, books: Books, chain: Chain) -> None:
        self._books = books
        self._chain = chain
        self._drift: dict[int, int] = {}
        self._effects: dict[int, int] = {}
        books.do(TABLES)

    def findings(self) -> list[Finding]:
        """Everything that is wrong with the ledger by itself."""
        self._drift = dict(self._books.rows(_DRIFT))
        self._codes = self._known_codes()
        self._adrift = self._adrift_postings()
        self._unbalanced = self._unbalanced_entries()
        found = [*self._chain.broken, *self._chain.accounts.values()]
        found += self._keys_twice()
        found += self._sealed()
        found += self._inserted()
        found += self._unsealed()
        found += self._balances(bool(self._chain.broken))
        found += self._overdrawn()
        return found

    def _known_codes(self) -> dict[int, str]:
        if self._books.number("SELECT count(*) FROM accounts") < 10_000:
            return dict(self._books.rows("SELECT id, code FROM accounts"))
        return dict(self._books.rows(f"SELECT id, code FROM accounts WHERE id IN (SELECT account_id FROM ({_DRIFT}))"))

    def _code(self, account: int) -> str:
        if account not in self._codes:
            found = self._books.rows("SELECT code FROM accounts WHERE id = ?", [account])
            self._codes[account] = found[0][0] if found else f"account {account}"
        return self._codes[account]

    def _adrift_postings(self) -> dict[int, list[Posting]]:
        """Postings whose entry does not exist, by the entry that they name."""
        adrift: dict[int, list[Posting]] = {}
        for entry, *posting in self._books.rows("""
            SELECT entry_id, id, account_id, amount_cents FROM postings ANTI JOIN entries ON entries.id = entry_id
            ORDER BY id LIMIT 10000
        """):
            adrift.setdefault(entry, []).append((posting[0], posting[1], posting[2]))
        return adrift

    def _unbalanced_entries(self) -> dict[int, Entry]:
        ids = [entry for (entry,) in self._books.rows("""
            SELECT entry_id FROM postings SEMI JOIN entries ON entries.id = entry_id
            GROUP BY entry_id HAVING sum(amount_cents) <> 0 ORDER BY entry_id LIMIT 10000
        """)]  # fmt: skip
        return entries(self._books, ids)

    def _keys_twice(self) -> Iterator[Finding]:
        for key, count, cents in self._books.rows("""
            WITH again AS (SELECT key, count(*) AS n, max(id) AS last FROM entries GROUP BY key HAVING n > 1)
            SELECT key, n, coalesce((
                SELECT sum(amount_cents) FILTER (amount_cents > 0)::BIGINT FROM postings WHERE entry_id = last
            ), 0) FROM again ORDER BY key
        """):
            yield Finding(Fault.KEY_TWICE, key, cents, f"{count} entries have this key")

    # What the chain saw

    def _sealed(self) -> Iterator[Finding]:
        ids = [*self._chain.mismatched][:MOST]
        now = entries(self._books, ids)
        orphans = self._orphans() if ids else ()
        for number in now:
            self._unbalanced.pop(number, None)
        diagnoses = {
            number: diagnose(
                entry,
                self._chain.mismatched[number],
                Suspects(self._codes, self._drift, self._stray_postings(now, number), orphans),
            )
            for number, entry in now.items()
        }
        moved = {known.posting for known in diagnoses.values() if known.finding.fault == Fault.POSTING_MOVED}
        for number in ids:
            if number not in now:
                yield from self._missing(number, orphans)
                continue
            known = diagnoses[number]
            self._mend(now[number], known, orphans)
            if not (known.finding.fault == Fault.POSTING_ADDED and known.posting in moved):
                yield known.finding
        self._forget(moved)
        for number in [*self._chain.mismatched][MOST:]:
            self._doubt(number, self._chain.mismatched[number], orphans)
            yield Finding(Fault.ENTRY_ALTERED, f"entry {number}", 0, "it does not read as it was sealed")

    def _orphans(self) -> tuple[str, ...]:
        found = self._books.rows(f"SELECT key FROM ({EXPECTED_KEYS}) ANTI JOIN entries USING (key) LIMIT 10000")
        return tuple(key for (key,) in found)

    def _stray_postings(self, altered: dict[int, Entry], but: int) -> tuple[Posting, ...]:
        others = [entry for entry in (*altered.values(), *self._unbalanced.values()) if entry.id != but]
        return tuple(posting for entry in others for posting in entry.postings) + tuple(
            posting for some in self._adrift.values() for posting in some
        )

    def _mend(self, now: Entry, known: Diagnosis, orphans: tuple[str, ...]) -> None:
        if known.original is None:
            self._doubt(now.id, self._chain.mismatched[now.id], orphans)
            self._repair_by_balances(now)
            return
        if known.original.key != now.key:
            self._books.do("INSERT INTO rekeyed VALUES (?, ?)", [now.id, known.original.key])
        was, reads = sums(known.original.postings), sums(now.postings)
        for account in {*was, *reads}:
            self._fix(now.id, account, was.get(account, 0) - reads.get(account, 0))

    def _missing(self, number: int, orphans: tuple[str, ...]) -> Iterator[Finding]:
        """An entry that was sealed and is gone: it may only have another id now, or be known by what it left behind."""
        sealed = self._chain.mismatched[number]
        left = tuple(self._adrift.pop(number, ()))
        for stray in [*self._chain.inserted]:
            entry = entries(self._books, [stray])[stray]
            if seal(replace(entry, id=number, postings=left or entry.postings)) == sealed:
                self._chain.inserted.remove(stray)
                self._unbalanced.pop(stray, None)
                for _, account, cents in left:
                    self._fix(stray, account, cents)
                    self._fix(number, account, -cents)
                moved = sum(cents for _, _, cents in left or entry.postings if cents > 0)
                yield Finding(Fault.ENTRY_ALTERED, name(entry), moved, f"its id was {number}")
                return
        key = _key_by_mark(sealed, orphans)
        self._books.do("INSERT INTO ghosts VALUES (?, ?)", [number, key])
        alone = len([entry for entry in self._chain.mismatched if entry not in self._present()]) == 1
        lost = sums(left) if left else {account: cents for account, cents in self._drift.items() if alone}
        if not left:
            for account, cents in lost.items():
                self._fix(number, account, cents)
        cents = sum(cents for cents in lost.values() if cents > 0)
        called = f"{key} (entry {number})" if key else f"entry {number}"
        yield Finding(Fault.ENTRY_MISSING, called, cents, "it was sealed and is gone")

    def _present(self) -> set[int]:
        return set(entries(self._books, [*self._chain.mismatched]))

    def _inserted(self) -> Iterator[Finding]:
        for entry in entries(self._books, self._chain.inserted).values():
            self._unbalanced.pop(entry.id, None)
            self._books.do("INSERT INTO gone VALUES (?)", [entry.id])
            self._accept(entry.postings)
            words = "no block has it, though every entry of its time was sealed"
            yield Finding(Fault.ENTRY_INSERTED, name(entry), entry.debits, words)

    def _forget(self, moved: set[int]) -> None:
        """What holds a posting that is known to belong elsewhere has no other fault."""
        for number in [*self._adrift]:
            for posting in self._adrift[number]:
                if posting[0] in moved:
                    self._fix(number, posting[1], -posting[2])
            self._adrift[number] = [posting for posting in self._adrift[number] if posting[0] not in moved]
        for entry in [*self._unbalanced.values()]:
            held = [posting for posting in entry.postings if posting[0] in moved]
            for _, account, cents in held:
                self._fix(entry.id, account, -cents)
            if held:
                del self._unbalanced[entry.id]

    # What no block proves yet

    def _unsealed(self) -> Iterator[Finding]:
        for entry in self._unbalanced.values():
            self._repair_by_balances(entry)
            words = f"{len(entry.postings)} postings that sum to {kes(entry.cents)}"
            yield Finding(Fault.ENTRY_UNBALANCED, name(entry), entry.cents, words)
        for number, postings in self._adrift.items():
            for posting, account, cents in postings:
                self._fix(number, account, -cents)
                words = f"posting of {kes(cents)} to {self._code(account)} names entry {number}, which does not exist"
                yield Finding(Fault.POSTING_ADRIFT, f"posting {posting}", cents, words)

    def _repair_by_balances(self, entry: Entry) -> None:
        """Where the kept balance of an account is off by just what the entry is, the balance is right."""
        remaining = self._remaining()
        touched = [account for _, account, _ in entry.postings]
        for account in sorted(remaining, key=lambda account: account not in touched):
            if entry.cents and remaining[account] == -entry.cents:
                self._fix(entry.id, account, -entry.cents)
                return
        if not entry.cents and remaining and set(remaining) <= set(touched) and not sum(remaining.values()):
            for account, cents in remaining.items():
                self._fix(entry.id, account, cents)

    def _balances(self, is_broken: bool) -> Iterator[Finding]:
        """Kept balances that nothing found so far explains. Those that sum to nought together are one event."""
        left = self._remaining()
        if not left or (is_broken and self._chain.mismatched):
            return
        if sum(left.values()) == 0 and len(left) > 1:
            cents = sum(cents for cents in left.values() if cents > 0)
            where = ", ".join(sorted(self._code(account) for account in left))
            yield from self._lost(left, where, cents)
            return
        for account, cents in left.items():
            words = f"it is kept {kes(abs(cents))} {'above' if cents > 0 else 'below'} what its postings give"
            yield Finding(Fault.BALANCE_WRONG, self._code(account), cents, words)

    def _lost(self, left: dict[int, int], where: str, cents: int) -> Iterator[Finding]:
        """An entry that was not sealed yet is gone, or one is there that never was booked."""
        for entry in entries(self._books, self._tail()).values():
            if {account: -total for account, total in sums(entry.postings).items() if total} == left:
                self._books.do("INSERT INTO gone VALUES (?)", [entry.id])
                yield Finding(Fault.ENTRY_INSERTED, name(entry), entry.debits, "no balance knows of it")
                return
        number = -1
        orphans = [key for key in self._orphans() if self._amount_of(key) == cents]
        key = orphans[0] if len(orphans) == 1 else ""
        self._books.do("INSERT INTO ghosts VALUES (?, ?)", [number, key])
        for account, amount in left.items():
            self._fix(number, account, amount)
        words = f"these balances know of {kes(cents)} that no entry moves"
        yield Finding(Fault.ENTRY_MISSING, key or where, cents, words)

    def _amount_of(self, key: str) -> int:
        for query in (
            "SELECT amount_cents FROM receipts WHERE 'receipt:' || code = ?",
            "SELECT amount_cents FROM refunds WHERE 'refund:' || key = ?",
            "SELECT amount_cents FROM refunds WHERE 'refund-used:' || key = ?",
            "SELECT amount_cents FROM transfers WHERE 'transfer:' || id = ?",
        ):
            if found := self._books.rows(query, [key]):
                return int(found[0][0])
        return 0

    def _tail(self) -> list[int]:
        sealed = "SELECT unnest(entry_ids) FROM blocks"
        found = self._books.rows(f"SELECT id FROM entries WHERE id NOT IN ({sealed}) ORDER BY id DESC LIMIT 10000")
        return [entry for (entry,) in found]

    def _overdrawn(self) -> Iterator[Finding]:
        """Accounts that hold other people's money and were below nothing, after any of their entries in turn.

        The amount is the deepest that the account was overdrawn.
        """
        for code, cents, entry in self._books.rows(_OVERDRAWN):
            yield Finding(Fault.OVERDRAWN, code, cents, f"after entry {entry} it held less than nothing")

    # Bookkeeping of this inquest

    def _fix(self, entry: int, account: int, cents: int) -> None:
        if cents:
            self._books.do("INSERT INTO fixes VALUES (?, ?, ?)", [entry, account, cents])
            self._effects[account] = self._effects.get(account, 0) - cents

    def _accept(self, postings: tuple[Posting, ...] | list[Posting]) -> None:
        """These should not be there, so a balance may know of them or not."""
        for _, account, cents in postings:
            self._effects[account] = self._effects.get(account, 0) + cents

    def _doubt(self, entry: int, sealed: bytes, orphans: tuple[str, ...]) -> None:
        self._books.do("INSERT INTO doubtful VALUES (?)", [entry])
        if key := _key_by_mark(sealed, orphans):
            self._books.do("INSERT INTO rekeyed VALUES (?, ?)", [entry, key])

    def _remaining(self) -> dict[int, int]:
        """Differences of balances, less those that mended entries explain."""
        return {account: cents for account, cents in self._drift.items() if cents != -self._effects.get(account, 0)}


_DRIFT = """
    SELECT coalesce(accounts.id, account_id) AS account_id, coalesce(balance_cents, 0) - coalesce(posted, 0) AS cents
    FROM accounts FULL JOIN (
        SELECT account_id, sum(amount_cents)::BIGINT AS posted FROM postings GROUP BY account_id
    ) ON account_id = accounts.id
    WHERE coalesce(balance_cents, 0) <> coalesce(posted, 0) ORDER BY 1
"""

_OVERDRAWN = """
    WITH altered AS (
        SELECT id FROM doubtful UNION ALL SELECT id FROM ghosts UNION ALL SELECT entry_id FROM fixes
    ), guarded AS (
        SELECT id, code, kind FROM accounts WHERE guarded
          AND id NOT IN (SELECT account_id FROM true_postings WHERE entry_id IN (SELECT id FROM altered))
    ), steps AS (
        SELECT code, kind, entry_id,
               sum(sum(cents)) OVER (PARTITION BY code ORDER BY min(true_postings.id))::BIGINT AS balance
        FROM true_postings JOIN guarded ON guarded.id = account_id GROUP BY code, kind, entry_id
    )
    SELECT code, max(abs(balance)), arg_max(entry_id, abs(balance)) FROM steps
    WHERE (kind = 'liability' AND balance > 0) OR (kind = 'asset' AND balance < 0) GROUP BY code ORDER BY code
"""


def _key_by_mark(sealed: bytes, orphans: tuple[str, ...]) -> str:
    """The key that the entry had, if it is one of those that something expects and no entry has."""
    return next((key for key in orphans if zlib.crc32(key.encode()) == key_mark(sealed)), "")


def entries(books: Books, ids: list[int]) -> dict[int, Entry]:
    """Those of the entries that exist, by id."""
    if not ids:
        return {}
    listed = ", ".join(map(str, ids))
    legs: dict[int, list[Posting]] = {}
    for entry, *posting in books.rows(
        f"SELECT entry_id, id, account_id, amount_cents FROM postings WHERE entry_id IN ({listed}) ORDER BY id"
    ):
        legs.setdefault(entry, []).append((posting[0], posting[1], posting[2]))
    return {
        number: Entry(number, key, kind, memo, happened, booked, made_in, tuple(legs.get(number, ())))
        for number, key, kind, memo, happened, booked, made_in in books.rows(f"""
            SELECT id, key, kind, memo, epoch_us(happened_at), epoch_us(booked_at), made_in
            FROM entries WHERE id IN ({listed}) ORDER BY id
        """)
    }
