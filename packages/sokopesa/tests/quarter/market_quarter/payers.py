"""Those at M-PESA's business support who take the refund files, and answer: mostly yes, now and then not to a line."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path
from random import Random


class Payers:
    """They look into the shared folder and answer each file once."""

    def __init__(self, folder: Path, chance: Random) -> None:
        self._folder, self._chance = folder, chance
        self._answered: set[str] = set()
        self.rejected_lines = self.rejected_files = 0

    def answer(self) -> int:
        """Answer what has come since; how many files."""
        fresh = [
            path for path in sorted((self._folder / "out").glob("refunds-*.csv")) if path.name not in self._answered
        ]
        for path in fresh:
            self._answered.add(path.name)
            (self._folder / "in").mkdir(exist_ok=True)
            (self._folder / "in" / f"reply-{path.name}").write_bytes(self._reply(path.read_bytes()))
        return len(fresh)

    def _reply(self, body: bytes) -> bytes:
        rows = list(csv.reader(io.StringIO(body.decode("ascii"))))
        number, digest = rows[0][3], hashlib.sha256(body).hexdigest()
        if self._chance.random() < 0.05:
            self.rejected_files += 1
            return self._write(number, digest, "rejected", "Our system could not read it", [])
        lines = [row for row in rows if row[0] == "R" and self._chance.random() < 0.05]
        self.rejected_lines += len(lines)
        return self._write(number, digest, "accepted", "", [(row[1], row[4], "Name differs") for row in lines])

    @staticmethod
    def _write(number: str, digest: str, verdict: str, reason: str, lines: list[tuple[str, str, str]]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["H", "sokopesa-refunds-reply", 1, number, digest, verdict, reason])
        writer.writerows(["R", *line] for line in lines)
        writer.writerow(["T", number, len(lines)])
        return text.getvalue().encode()
