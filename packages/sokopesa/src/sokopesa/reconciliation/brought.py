"""Statements that were brought and wait to be taken in: files below ``media_root``, which every process has.

They name people and what they paid, so nobody but our own processes can read them, and they are deleted as soon as they
are taken in or refused (`sokopesa.reconciliation.bringing`).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sokopesa.configuration import CONFIGURATION


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written: bytes, and their SHA-256 in hexadecimal."""

    size: int
    sha256: str


def path_of(kept_as: UUID) -> Path:
    """Where its bytes are."""
    return _folder() / kept_as.hex


def store(kept_as: UUID, pieces: Iterable[bytes]) -> Stored:
    """Write it; it is on the disk when this returns. A failure leaves no file."""
    path, hashed, size = path_of(kept_as), hashlib.sha256(), 0
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for piece in pieces:
                hashed.update(piece)
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        discard(kept_as)
        raise
    return Stored(size, hashed.hexdigest())


def discard(kept_as: UUID) -> None:
    """Delete it. What is not there is as good as deleted."""
    path_of(kept_as).unlink(missing_ok=True)


def older_than(moment: datetime) -> Iterator[UUID]:
    """All that were written before a moment."""
    folder = _folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stat().st_mtime < moment.timestamp():
            yield UUID(hex=path.name)


def _folder() -> Path:
    return CONFIGURATION.media_root / "statements"
