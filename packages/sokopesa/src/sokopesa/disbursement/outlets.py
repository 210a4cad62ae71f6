"""Where refund files are put, and answers to them found: a folder, or a server by SFTP.

Both have two folders: ``out``, in which a file appears whole or not at all, and ``in``, from which an answer that was
read is moved into ``in/read``.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

import asyncssh

from sokopesa.configuration import CONFIGURATION
from sokopesa.disbursement.errors import OutletFailed

PARTIAL = ".part"
"""Ending of what is still being written; whoever looks for files passes it over."""
OUT, IN, READ = "out", "in", "in/read"

Result = TypeVar("Result")


class Outlet(Protocol):
    """A place for files. Every method raises `OutletFailed` where the place cannot be reached or refuses."""

    place: str
    """Where it is, for people; without secrets."""

    def put(self, source: Path, name: str) -> None:
        """Put the file there under this name, over one that has it. Nobody sees half of it."""

    def replies(self) -> dict[str, bytes]:
        """The answers that wait there, by name."""

    def put_away(self, name: str) -> None:
        """The answer was read."""


class Folder:
    """A folder that both sides reach."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self.place = str(self._root)

    def put(self, source: Path, name: str) -> None:
        out = self._root / OUT
        try:
            out.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, partial := out / (name + PARTIAL))
            partial.replace(out / name)
        except OSError as error:
            raise OutletFailed(str(error)) from error

    def replies(self) -> dict[str, bytes]:
        try:
            found = sorted(path for path in (self._root / IN).glob("*") if path.is_file() and path.suffix != PARTIAL)
            return {path.name: path.read_bytes() for path in found}
        except OSError as error:
            raise OutletFailed(str(error)) from error

    def put_away(self, name: str) -> None:
        try:
            (self._root / READ).mkdir(parents=True, exist_ok=True)
            (self._root / IN / name).replace(self._root / READ / name)
        except OSError as error:
            raise OutletFailed(str(error)) from error


class Sftp:
    """A server by SFTP, known by its public key. Each call is a connection of its own."""

    def __init__(
        self, url: str, *, host_key: str, password: str = "", private_key: Path | None = None, timeout: float = 60
    ) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.username
        self._host, self._port, self._user = parts.hostname, parts.port or 22, unquote(parts.username)
        self._root = PurePosixPath(unquote(parts.path) or "/")
        self._host_key, self._password, self._private_key = host_key, password, private_key
        self._timeout = timeout
        self.place = f"sftp://{self._user}@{self._host}:{self._port}{self._root}"

    def put(self, source: Path, name: str) -> None:
        async def upload(server: asyncssh.SFTPClient) -> None:
            out = self._root / OUT
            await server.makedirs(out, exist_ok=True)
            partial = out / (name + PARTIAL)
            await server.put(source, partial)
            try:
                await server.posix_rename(partial, out / name)
            except asyncssh.SFTPOpUnsupported:
                if await server.exists(out / name):
                    await server.remove(out / name)
                await server.rename(partial, out / name)

        self._with(upload)

    def replies(self) -> dict[str, bytes]:
        async def download(server: asyncssh.SFTPClient) -> dict[str, bytes]:
            found: dict[str, bytes] = {}
            if not await server.isdir(self._root / IN):
                return found
            for name in sorted(str(name) for name in await server.listdir(self._root / IN)):
                path = self._root / IN / name
                if not name.endswith(PARTIAL) and await server.isfile(path):
                    async with server.open(path, "rb") as reply:
                        body = await reply.read()
                    found[name] = body if isinstance(body, bytes) else body.encode()
            return found

        return self._with(download)

    def put_away(self, name: str) -> None:
        async def move(server: asyncssh.SFTPClient) -> None:
            await server.makedirs(self._root / READ, exist_ok=True)
            if await server.exists(self._root / READ / name):
                await server.remove(self._root / READ / name)
            await server.rename(self._root / IN / name, self._root / READ / name)

        self._with(move)

    def _with(self, work: Callable[[asyncssh.SFTPClient], Awaitable[Result]]) -> Result:
        async def connected() -> Result:
            host = f"[{self._host}]:{self._port}" if self._port != 22 else self._host
            async with (
                asyncio.timeout(self._timeout),
                asyncssh.connect(
                    self._host,
                    self._port,
                    username=self._user,
                    password=self._password or None,
                    client_keys=[str(self._private_key)] if self._private_key else [],
                    known_hosts=asyncssh.import_known_hosts(f"{host} {self._host_key}\n"),
                    config=[],
                ) as connection,
                connection.start_sftp_client() as server,
            ):
                return await work(server)

        try:
            return asyncio.run(connected())
        except (
            OSError,
            asyncssh.Error,
            TimeoutError,
            ValueError,
        ) as error:  # a key that cannot be read is a ValueError
            raise OutletFailed(f"{self.place}: {error or type(error).__name__}") from error


def outlet() -> Outlet:
    """The one that the operator has set."""
    if CONFIGURATION.refund_files_to == "folder":
        return Folder(CONFIGURATION.refund_files_folder)
    return Sftp(
        CONFIGURATION.refund_files_sftp,
        host_key=CONFIGURATION.refund_files_sftp_host_key,
        password=CONFIGURATION.refund_files_sftp_password.get_secret_value(),
        private_key=CONFIGURATION.refund_files_sftp_key,
        timeout=CONFIGURATION.refund_files_sftp_timeout,
    )
