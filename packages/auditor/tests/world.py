"""A small market's books as an export has them, written by hand in SQL: payments, a release, charges, refunds in every
state, transfers, files and the statements of two accounts. Everything ties until a test makes it not."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from auditor.books import SHAPE

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAYBILL, FLOAT = "mpesa:174379", "mpesa:b2c:614251"
CONTROLS = {"accounts": "balance_cents", "postings": "amount_cents", "receipts": "amount_cents",
            "orders": "total_cents", "refunds": "amount_cents", "transfers": "amount_cents",
            "approvals": "amount_cents", "refund_files": "total_cents", "file_lines": "amount_cents",
            "day_closes": "closing_cents"}  # fmt: skip


class World:
    """The books, changeable by SQL. Entries 1 to 16 are sealed in four blocks, the others are not yet."""

    def __init__(self) -> None:
        self.duck = duckdb.connect()
        self.duck.execute("SET TimeZone = 'UTC'")
        for table, columns in SHAPE.items():
            self.duck.execute(f"CREATE TABLE {table} ({columns})")
        self._accounts: dict[str, int] = {}
        self._postings = self._entries = 0
        self._orders()
        self._ledger()
        self.seal(16)
        self._refunds()
        self._files()
        self._statements()
        self._day_closes()

    def add(self, table: str, *values: Any) -> None:
        marks = ", ".join("?" * len(values))
        self.duck.execute(f"INSERT INTO {table} VALUES ({marks})", list(values))

    def book(self, key: str, minute: int, **legs: int) -> None:
        """An entry, ``minute`` after noon; a leg's account is written with __ for a colon and _ for a dash."""
        self._entries += 1
        at = NOON + timedelta(minutes=minute)
        kind = key.split(":", maxsplit=1)[0]
        self.add("entries", self._entries, key, kind, f"memo of {key}", at, at + timedelta(seconds=3),
                 700 + self._entries)  # fmt: skip
        for name, cents in legs.items():
            code = name.replace("__", ":").replace("_", "-")
            self._postings += 1
            self.add("postings", self._postings, self._entries, self._account(code), cents)
            self.duck.execute("UPDATE accounts SET balance_cents = balance_cents + ? WHERE code = ?", [cents, code])

    def _account(self, code: str) -> int:
        if code not in self._accounts:
            self._accounts[code] = len(self._accounts) + 1
            word = code.split(":", maxsplit=1)[0]
            kind = {"mpesa": "asset", "commission": "income", "mpesa-charges": "expense"}.get(word, "liability")
            guarded = word in {"escrow", "refunds", "unmatched"}
            self.add("accounts", self._accounts[code], code, kind, guarded, 0)
        return self._accounts[code]

    def _orders(self) -> None:
        for number in range(1, 10):
            state = "completed" if number == 1 else "awaiting_shipment"
            self.add("orders", number, f"SP-{number}", 40 + number, 5, state, 0, 0)

    def receipt(self, number: int, cents: int, minute: int, *, purchase: bool = True) -> None:
        code = f"UCB000000{number}"
        self.add("receipts", code, "174379", cents, 0, 40 + number if purchase else None, "254712345678",
                 NOON + timedelta(minutes=minute))  # fmt: skip
        into = {f"escrow__{number}": -cents} if purchase else {"unmatched": -cents}
        self.book(f"receipt:{code}", minute, mpesa__174379=cents, **into)

    def _ledger(self) -> None:
        for number, cents in enumerate([125_000, 70_000, 70_000, 99_000, 250_000, 41_000], start=1):
            self.receipt(number, cents, number)
        self.book("charge:UCB0000002", 2, mpesa_charges=825, mpesa__174379=-825)
        self.receipt(7, 33_000, 8, purchase=False)
        self.book("release:UCB0000007", 9, unmatched=33_000, escrow__7=-33_000)
        self.duck.execute("UPDATE receipts SET purchase_id = 47 WHERE code = 'UCB0000007'")
        self.receipt(8, 18_000, 10, purchase=False)
        self.book("refund:late:UCB0000008", 10, unmatched=18_000, refunds__1=-18_000)
        self.book("refund-used:late:UCB0000008", 11, refunds__1=18_000, escrow__8=-18_000)
        self.duck.execute("UPDATE receipts SET purchase_id = 48 WHERE code = 'UCB0000008'")
        self.book("completed:1", 12, escrow__1=125_000, seller__5=-118_750, commission=-6_250)
        self.book("refund:cancel:2", 13, escrow__2=70_000, refunds__2=-70_000)
        self.book("refund:cancel:3", 14, escrow__3=70_000, refunds__3=-70_000)
        self.book("float:UCB0000090", 15, mpesa__b2c__614251=200_000, mpesa__174379=-200_000)
        # Not sealed yet:
        self.book("transfer:t-3", 16, refunds__3=70_000, mpesa__b2c__614251=-70_000)
        self.book("refund:dispute:4", 17, escrow__4=40_000, refunds__4=-40_000)
        self.receipt(9, 62_000, 18)
        self.book("transfer:t-5", 19, seller__5=100_000, mpesa__b2c__614251=-100_000)

    def _refunds(self) -> None:
        for number, key, cause, order, receipt, received, cents, state in (
            (1, "late:UCB0000008", "late_payment", None, "UCB0000008", 18_000, 18_000, "used"),
            (2, "cancel:2", "cancelled_order", 2, "UCB0000002", 70_000, 70_000, "filed"),
            (3, "cancel:3", "cancelled_order", 3, "UCB0000003", 70_000, 70_000, "paid"),
            (4, "dispute:4", "dispute", 4, "UCB0000004", 99_000, 40_000, "filed"),
        ):
            self.add("refunds", number, f"RF-{number}", key, cause, order, receipt, received, cents, "254712345678", "",
                     state, 0)  # fmt: skip
        for name, purpose, account, refund, cents, state, receipt in (
            ("t-3", "refund", "refunds:3", 3, 70_000, "paid", "UCB0000093"),
            ("t-4", "refund", "refunds:4", 4, 40_000, "returned", ""),
            ("t-5", "settlement", "seller:5", None, 100_000, "paid", "UCB0000095"),
        ):
            self.add("transfers", name, f"key {name}", purpose, "b2c", account, refund, "614251", "254712345678",
                     cents, state, receipt)  # fmt: skip

    def _files(self) -> None:
        for number, lines in enumerate([[(3, 70_000)], [(2, 70_000), (4, 40_000)]], start=1):
            self.add("refund_files", number, number, NOON.date(), len(lines), sum(cents for _, cents in lines),
                     hashlib.sha256(f"file {number}".encode()).hexdigest(), "delivered")  # fmt: skip
            for position, (refund, cents) in enumerate(lines, start=1):
                part = (1, 1)
                self.add("file_lines", 10 * number + position, number, position, refund, *part, cents,
                         "254712345678", "", "open")  # fmt: skip

        self.add("approvals", "disbursement", "1", "done", 1, 2, 70_000)
        self.add("approvals", "disbursement", "2", "prepared", 2, None, 110_000)
        self.add("approvals", "release", "UCB0000007", "approved", 2, 1, 33_000)

    def _statements(self) -> None:
        for number, (shortcode, account) in enumerate([("174379", PAYBILL), ("614251", FLOAT)], start=1):
            rows = self.duck.execute(
                """
                SELECT entries.key, happened_at, postings.amount_cents, receipt FROM postings
                JOIN entries ON entries.id = entry_id LEFT JOIN transfers ON entries.key = 'transfer:' || transfers.id
                WHERE account_id = ? ORDER BY happened_at, postings.id
                """,
                [self._accounts[account]],
            ).fetchall()
            balance = 0
            for place, (key, at, cents, receipt) in enumerate(rows):
                balance += cents
                code = receipt or key.split(":")[1]
                reason = "Pay Bill Charge" if key.startswith("charge") else "Pay Bill"
                self.add("statement_lines", 100 * number + place, number, len(rows) - place, shortcode, "utility",
                         code, reason, at, max(cents, 0), max(-cents, 0), balance,
                         code if reason.endswith("Charge") else "")  # fmt: skip

    def _day_closes(self) -> None:
        """Two days of both accounts, the second without a movement."""
        ((head,),) = self.duck.execute("SELECT arg_max(hash, number) FROM blocks").fetchall()
        for days in range(2):
            for place, code in enumerate([PAYBILL, FLOAT], start=1):
                ((came, went),) = self.duck.execute(
                    "SELECT sum(greatest(amount_cents, 0))::BIGINT, -sum(least(amount_cents, 0))::BIGINT FROM postings"
                    " WHERE account_id = ?", [self._accounts[code]],
                ).fetchall()  # fmt: skip
                opening, moved = (came - went, (0, 0)) if days else (0, (came, went))
                closing = came - went
                signed = 1, 2 if days else None
                figures = opening, *moved, closing, opening, closing, 0
                self.add("day_closes", 2 * days + place, code, NOON.date() + timedelta(days=days), *figures, head,
                         *signed, 20, 800, "790:801:795")  # fmt: skip

    # The chain, written a third time: neither the market's code nor the auditor's.

    def seal(self, last: int, size: int = 4, *, closes: bool = True) -> None:
        """Seal the entries up to ``last`` anew, ``size`` to a block; closed days name the new head, unless told not."""
        self.duck.execute("DELETE FROM blocks")
        previous = "0" * 64
        for number, first in enumerate(range(1, last + 1, size), start=1):
            ids = [*range(first, min(first + size, last + 1))]
            seals = b"".join(self._seal(entry) for entry in ids)
            accounts = [row[0] for row in self.duck.execute(
                "SELECT DISTINCT a.id || ' ' || code || ' ' || kind || CASE WHEN guarded THEN ' guarded' ELSE '' END"
                f" FROM accounts a JOIN postings p ON account_id = a.id WHERE entry_id IN {tuple(ids)} ORDER BY 1"
            ).fetchall()]  # fmt: skip
            sealed_at = NOON + timedelta(hours=number)
            told = _text(previous.encode()) + struct.pack(
                f">{6 + len(ids)}q", number, _micro(sealed_at), 700 + ids[-1], ids[-1], 0, len(ids), *ids
            )
            told += _text(seals) + b"".join(_text(line.encode()) for line in accounts)
            digest = hashlib.sha256(told).hexdigest()
            self.add("blocks", number, previous, digest, sealed_at, ids, seals, accounts, 700 + ids[-1], ids[-1], 0)
            previous = digest
        if closes:
            self.duck.execute("UPDATE day_closes SET ledger_head = ?", [previous])

    def _seal(self, entry: int) -> bytes:
        found = self.duck.execute(
            "SELECT key, kind, memo, happened_at, booked_at, made_in FROM entries WHERE id = ?", [entry]
        ).fetchall()
        legs = self.duck.execute(
            "SELECT id, account_id, amount_cents FROM postings WHERE entry_id = ? ORDER BY id", [entry]
        ).fetchall()
        ((key, kind, memo, happened, booked, made_in),) = found
        fields = [key.encode(), kind.encode(), memo.encode()]
        fields += [struct.pack(">q", number) for number in (_micro(happened), _micro(booked), made_in)]
        fields.append(b"".join(struct.pack(">3q", *leg) for leg in legs))
        whole = struct.pack(">q", entry) + b"".join(_text(field) for field in fields)
        return hashlib.sha256(whole).digest() + b"".join(struct.pack(">I", zlib.crc32(field)) for field in fields)

    def export(self, folder: Path) -> Path:
        """Write the export, with a manifest that fits it."""
        folder.mkdir()
        tables = []
        for table in SHAPE:
            path = folder / f"{table}.parquet"
            order = "number" if table == "blocks" else "1"
            self.duck.execute(f"COPY (SELECT * FROM {table} ORDER BY {order}) TO '{path}' (FORMAT parquet)")
            control = CONTROLS.get(table, "")
            total = (
                f"sum({control}) FILTER ({control} > 0), -sum({control}) FILTER ({control} < 0)" if control else "0, 0"
            )
            rows, debit, credit = self.duck.execute(f"SELECT count(*), {total} FROM {table}").fetchall()[0]
            tables.append({
                "name": table, "file": path.name, "rows": rows, "control": control, "debit_cents": int(debit or 0),
                "credit_cents": int(credit or 0), "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            })  # fmt: skip
        manifest = {
            "format": "sokopesa-export/1",
            "taken_at": NOON.isoformat(),
            "transaction": 10_000,
            "tables": tables,
        }
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return folder


def _micro(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _text(raw: bytes) -> bytes:
    return struct.pack(">q", len(raw)) + raw
