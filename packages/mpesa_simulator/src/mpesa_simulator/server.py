"""Serving a network over HTTP, from the command line or inside a test."""

import asyncio
import errno
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from ipaddress import ip_address

from aiohttp import web

from mpesa_simulator.app import create_app
from mpesa_simulator.core.world import World


class CannotServeError(Exception):
    """The port cannot be had; the text says why."""


async def serve(world: World, host: str, port: int, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    """Serve until `stop` is set. `ready` is called with the base URL once requests are answered.

    Port 0 takes any free port. Raises CannotServeError.
    """
    runner = web.AppRunner(create_app(world), access_log=None, shutdown_timeout=1, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            raise CannotServeError(_why(host, port, error)) from error
        bound = runner.addresses[0][1]
        ready(f"http://{reachable(host)}:{bound}")
        await stop.wait()
    finally:
        await runner.cleanup()


def reachable(host: str) -> str:
    """An address at which a browser on this machine finds a server that listens on `host`."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1"
    return f"[{host}]" if address.version == 6 else host


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use by another program. Stop that one, or choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} on {host} may not be used without special rights. Choose one above 1023 with --port."
    return f"Cannot listen on {host} port {port}: {error.strerror or error}."


def run_loop(main: Coroutine[None, None, None]) -> None:
    """Run `main` on uvloop where that exists: it answers about a third more requests."""
    if sys.platform == "win32":
        asyncio.run(main)
        return
    import uvloop

    uvloop.run(main)


def collect_garbage_seldom() -> None:
    """Spare this process most searches for unreachable cycles: what was loaded stays, and payments leave none behind.

    Of a busy network's time every twelfth part went into them. Only for a process that does nothing but serve.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def stop_on_signals(stop: asyncio.Event) -> None:
    """Let Ctrl-C and SIGTERM end the running loop's server in good order."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
