"""Giving back what we keep."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from sokopesa.media import files
from sokopesa.media.models import Upload
from sokopesa.media.sniffing import EXTENSIONS


def open(upload: Upload) -> BinaryIO:  # noqa: A001 - used as serving.open
    """The bytes of a file that is ready, from their beginning. Who may read them is for the caller to say.

    Raises:
        FileNotFoundError: they are not in ``media_root``, as when the database was restored without it.
    """
    return where(upload).open("rb")


def where(upload: Upload) -> Path:
    """The path of a file that is ready."""
    assert upload.state == Upload.State.READY
    return files.kept(upload.pk)


def name_to_save(upload: Upload) -> str:
    """What its owner calls it, ending as what it is: ``photo.png`` that we keep as a JPEG is saved as ``photo.jpg``."""
    stem = upload.name.rpartition(".")[0] or upload.name
    return f"{stem}.{EXTENSIONS[upload.content_type]}"
