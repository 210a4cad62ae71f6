"""Safaricom's side of the refund files, which no program of the market has: somebody there takes the day's file out of
the shared folder and acknowledges it. The demo plays them, and rejects nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path


def acknowledge(folder: Path) -> int:
    """Answer each file in ``out`` that has no answer in ``in`` yet; how many were answered. docs/refund-files.md
    describes both."""
    answered = 0
    for file in sorted((folder / "out").glob("refunds-*.csv")):
        name = f"reply-{file.name}"
        answers = folder / "in"
        if (answers / name).exists() or (answers / "read" / name).exists():
            continue
        body = file.read_bytes()
        number = body.split(b",", 4)[3].decode()
        answers.mkdir(exist_ok=True)
        reply = f"H,sokopesa-refunds-reply,1,{number},{hashlib.sha256(body).hexdigest()},accepted,\nT,{number},0\n"
        partial = answers / f"{name}.part"
        partial.write_text(reply, encoding="utf-8")
        partial.replace(answers / name)
        answered += 1
    return answered
