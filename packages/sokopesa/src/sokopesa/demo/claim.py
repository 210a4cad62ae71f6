"""One demo at a time in a folder; and what a killed one left running there is ended before the next begins."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from sokopesa.demo.processes import PATIENCE, CannotStart

MARK = "SOKOPESA_DEMO_FOLDER"
"""Environment variable by which a demo's children are known again. It names the folder."""


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Hold the folder; whoever dies lets go of it, however he dies.

    Raises:
        CannotStart: another demo holds it.
    """
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotStart(
                f"A demo with its data in {folder} is running already. Stop it, or set SOKOPESA_DATA to another folder."
            ) from error
        yield


def end_leftovers(folder: Path) -> None:
    """End the children of an earlier demo that was killed. PostgreSQL is not among them: it is joined as it runs."""
    left = [process for process in psutil.process_iter() if _belongs_to(process, folder)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=PATIENCE)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=PATIENCE)


def _belongs_to(process: psutil.Process, folder: Path) -> bool:
    try:
        return bool(process.environ().get(MARK) == str(folder))
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
