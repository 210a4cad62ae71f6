"""The bytes, in files of their own below ``media_root``. Their names are ours; nothing that a user types is in them."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import UUID

from sokopesa.configuration import CONFIGURATION


def kept(upload_id: UUID) -> Path:
    """Where what we keep of a file is."""
    return _folder(upload_id) / upload_id.hex


def arriving(upload_id: UUID) -> Path:
    """Where the pieces of a file are put together."""
    return _folder(upload_id) / f"{upload_id.hex}.part"


def write_piece(upload_id: UUID, offset: int, piece: bytes) -> None:
    """Put a piece in its place; it is on the disk when this returns. Whatever lay behind it was never acknowledged."""
    path = arriving(upload_id)
    _make_folder(path.parent)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        file.seek(offset)
        file.write(piece)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def keep(upload_id: UUID, content: bytes) -> None:
    """Store what we keep: the whole of it under its name, or nothing. Doing it again changes nothing."""
    path = kept(upload_id)
    _make_folder(path.parent)
    fresh = path.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    _sync(path.parent)


def discard(upload_id: UUID, *, only_pieces: bool = False) -> None:
    """Delete the file, or only the pieces that it was made from. What is not there is as good as deleted."""
    arriving(upload_id).unlink(missing_ok=True)
    if not only_pieces:
        kept(upload_id).unlink(missing_ok=True)


def _folder(upload_id: UUID) -> Path:
    """One of 256 folders, by the end of the identifier, which is random; its beginning is the time."""
    return CONFIGURATION.media_root / upload_id.hex[-2:]


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """A new name is as durable as the folder that holds it. Windows sees to that by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
