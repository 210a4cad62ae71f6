"""A refund file of a million lines: closed, and made again from its lines, in memory that does not grow with it.

Each step runs in a process of its own, whose largest memory the kernel tells. Nobody is paid: the refunds are planted.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import psycopg

from benchmarks.database import Server
from benchmarks.figures import BooksWrongError, Figure

LINES = 1_000_000
FEW = 10_000
"""Lines of a small file, beside whose memory that of the large one is held."""
MOST_MEMORY_MB = 250.0
"""Resident memory of the whole process, Django and its libraries included."""

_PLANT = """
SET session_replication_role = replica;
INSERT INTO refunds_refund (number, key, cause, receipt, received_cents, amount_cents, msisdn, state, owed_at,
                            promised_from, promised_until, reconciled_at, reconciled_from, payee, waits_for, remark)
SELECT 'R' || upper(lpad(to_hex(n), 10, '0')), 'surplus:' || n, 'unknown_account',
       'UKF' || lpad(n::text, 7, '0'), 100 * (10 + n %% 5000), 100 * (10 + n %% 5000),
       '2547' || lpad((n %% 100000000)::text, 8, '0'),
       'reconciled', at, at::date + 5, at::date + 30, at, 'statement', '', '', ''
FROM generate_series(1, %(lines)s) AS n, (SELECT '2026-11-23T06:00:00Z'::timestamptz AS at) AS morning;
SET session_replication_role = origin;
ANALYZE refunds_refund;
"""

_CHILD = """
import json, sys, time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
import django
django.setup()
from sokopesa.disbursement import filing
from sokopesa.disbursement.models import RefundFile
began = time.perf_counter()
if sys.argv[1] == "close":
    (file,) = filing.close_due(now=datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    lines, digest = file.lines, file.sha256
else:
    whole, file = sha256(), RefundFile.objects.get()
    lines = -2
    for piece in filing.render(file):
        whole.update(piece)
        lines += piece.count(b"\\n")
    digest = whole.hexdigest()
seconds = time.perf_counter() - began
# Not `getrusage`, which counts what the process was before it became this program.
memory = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
print(json.dumps({"lines": lines, "sha256": digest, "seconds": seconds, "memory": memory}))
"""


def measure(server: Server, *, lines: int = LINES) -> list[Figure]:
    """Lines a second and megabytes.

    Raises:
        BooksWrongError: the file made again is another, or does not have every refund.
    """
    few = _run(server, FEW)
    closed, first, second = _run(server, lines)
    grown = max(first["memory"], second["memory"]) - few[1]["memory"]
    return [
        Figure(f"lines of a refund file of {lines:,} made again", lines / first["seconds"], "1/s", 100_000),
        Figure("lines of the same file closed, with all its checks", lines / closed["seconds"], "1/s"),
        Figure("memory of the process that closes it", closed["memory"], "MB", MOST_MEMORY_MB),
        Figure("memory of the process that makes it again", first["memory"], "MB", MOST_MEMORY_MB),
        Figure(f"of that, more than for {FEW:,} lines", max(grown, 0.0), "MB", 30),
    ]


def _run(server: Server, lines: int) -> list[dict[str, float]]:
    """Close, and make again twice, each in a process of its own."""
    url = server.fresh("refund_file")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL(_PLANT % {"lines": lines}))
    found = [_child(url, step) for step in ("close", "again", "again")]
    if {each["lines"] for each in found} != {lines} or len({each["sha256"] for each in found}) != 1:
        raise BooksWrongError(f"the refund file is not the same each time: {found}")
    server.drop("refund_file")
    return found


def _child(url: str, step: str) -> dict[str, float]:
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "sokopesa.settings"}
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", _CHILD, step], env=environment, check=False, capture_output=True, text=True
    )
    if ended.returncode:
        raise RuntimeError(ended.stderr)
    told: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return told
