"""``make demo``: everything runs on this machine, and says where to click."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shlex
import signal
import sysconfig
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.panel import Panel

from sokopesa.demo import paying, safaricom
from sokopesa.demo.claim import MARK, claim, end_leftovers
from sokopesa.demo.people import FIRST_SELLER, STAFF, secret_of, shops
from sokopesa.demo.processes import CannotStart, Processes, Program, require_free_port

SHOPPER = "254708374149"
"""The number of M-PESA's public sandbox; the simulator gives it PIN 1234 and money."""
OPERATOR = "254711000200"
SHORTCODE = "174379"
SANDBOX_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"

SCRIPTS = Path(sysconfig.get_path("scripts"))
"""Where the commands of this environment are."""

console = Console(highlight=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where this demo lives: ``SOKOPESA_DATA``, ``PORT`` and ``SIMULATOR_PORT``."""

    data: Path
    port: int
    simulator_port: int

    @property
    def shop(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def simulator(self) -> str:
        return f"http://127.0.0.1:{self.simulator_port}"

    @property
    def certificate(self) -> Path:
        """M-PESA's, with which operators' passwords are encrypted."""
        return self.data / "mpesa-certificate.pem"

    @property
    def refund_files(self) -> Path:
        """The folder that the market shares with Safaricom."""
        return self.data / "refund-files"


def run() -> int:
    """Run until Ctrl-C; the exit status."""
    try:
        place = _read_place(os.environ)
        _run(place)
    except CannotStart as problem:
        console.print(f"[bold red]Cannot start the demo.[/] {problem}", soft_wrap=True)
        return 1
    return 0


def _read_place(environment: Mapping[str, str]) -> Place:
    ports = []
    for setting, default in (("PORT", "8000"), ("SIMULATOR_PORT", "8100")):
        text = environment.get(setting) or default
        if not text.isdecimal() or not 1024 <= int(text) <= 65535:
            raise CannotStart(f"{setting} must be a number from 1024 to 65535, not {text!r}.")
        ports.append(int(text))
    if ports[0] == ports[1]:
        raise CannotStart("PORT and SIMULATOR_PORT must differ.")
    data = Path(environment.get("SOKOPESA_DATA") or ".sokopesa").expanduser().resolve()
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"Cannot write to {data} ({error.strerror}). Set SOKOPESA_DATA to another folder.") from error
    return Place(data=data, port=ports[0], simulator_port=ports[1])


def _run(place: Place) -> None:
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: stop.set())

    from sokopesa.embedded_postgres import EmbeddedPostgres

    with contextlib.ExitStack() as closing:
        closing.enter_context(claim(place.data))
        end_leftovers(place.data)
        require_free_port(place.port, setting="PORT")
        require_free_port(place.simulator_port, setting="SIMULATOR_PORT")
        with console.status("Starting PostgreSQL …"):
            postgres = EmbeddedPostgres(place.data / "postgres")
        closing.callback(postgres.stop)
        environment = {**os.environ, **_settings(place, postgres.ensure_database("sokopesa"))}
        processes = Processes(environment=environment, logs=place.data / "logs")
        closing.callback(processes.stop)
        closing.callback(console.print, "Closing the market …")
        processes.start(_simulator(place))
        with console.status("Preparing the database and the shelves …"):
            _prepare(environment, place)
            processes.wait_until_ready()
            _fill_accounts(place)
        with console.status("Opening the market …"):
            processes.start(_market(place))
            processes.start(_worker())
            processes.wait_until_ready()
            _introduce(place)
        _say_where_to_click(place, environment["DATABASE_URL"])
        while not stop.wait(1):
            safaricom.acknowledge(place.refund_files)
            if ended := processes.ended():
                raise CannotStart(ended)


def _settings(place: Place, database_url: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "sokopesa.settings",
        "DATABASE_URL": database_url,
        MARK: str(place.data),
        **paying.settings(place.certificate),
        "SOKOPESA_SECRET_KEY": _secret(place.data / "secret-key"),
        "SOKOPESA_MPESA_PAYBILL_TOKEN": _secret(place.data / "paybill-token"),
        "SOKOPESA_STATIC_ROOT": str(place.data / "static"),
        "SOKOPESA_MEDIA_ROOT": str(place.data / "media"),
        "SOKOPESA_REFUND_FILES_FOLDER": str(place.refund_files),
        "SOKOPESA_DEMO": "true",
        "SOKOPESA_OPERATOR_PHONE": OPERATOR,
        "SOKOPESA_SUPPORT_PHONE": OPERATOR,
        "SOKOPESA_MPESA_ENVIRONMENT": "simulator",
        "SOKOPESA_MPESA_BASE_URL": place.simulator,
        "SOKOPESA_MPESA_SHORTCODE": SHORTCODE,
        "SOKOPESA_MPESA_PASSKEY": SANDBOX_PASSKEY,
        "SOKOPESA_MPESA_CONSUMER_KEY": "demo",
        "SOKOPESA_MPESA_CONSUMER_SECRET": "demo",
        "SOKOPESA_MPESA_CALLBACK_BASE_URL": place.shop,
        "SOKOPESA_MPESA_CALLBACK_ADDRESSES": "127.0.0.1",
        "SOKOPESA_SITE_URL": place.shop,
        "SOKOPESA_EMAIL_URL": "console:",
        "SOKOPESA_SMS_PROVIDER": "simulator",
        "SOKOPESA_SMS_SIMULATOR_URL": place.simulator,
    }


def _secret(path: Path) -> str:
    """Kept with the data, so that sessions and registered addresses outlive a restart."""
    if not path.exists() or not path.stat().st_size:
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _prepare(environment: Mapping[str, str], place: Place) -> None:
    os.environ.update(environment)
    import django

    django.setup()
    from django.core.management import call_command

    from sokopesa.demo.catalogue import plant
    from sokopesa.kernel.clock import now
    from sokopesa.people.factors import plant as plant_factor
    from sokopesa.people.sellers import add_member
    from sokopesa.people.staff import Role, add_staff

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    plant(now())
    for phone, role, name in STAFF:
        plant_factor(user=add_staff(phone=phone, role=Role(role), name=name), secret=secret_of(phone))
    for phone, shop in shops():
        plant_factor(user=add_member(seller=shop, phone=phone, name=shop.name), secret=secret_of(phone))
    paying.agree(now=now())
    made_from, stamp = _static_fingerprint(), place.data / "static-made-from"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != made_from:
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(made_from, encoding="utf-8")


def _static_fingerprint() -> str:
    """Names, sizes and times of all static files: compressing them anew takes seconds, and they seldom change."""
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            digest.update(f"{path} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _simulator(place: Place) -> Program:
    return Program(
        "simulator",
        [
            str(SCRIPTS / "mpesa-simulator"),
            *("serve", "--host", "127.0.0.1", "--port", str(place.simulator_port)),
            *("--books", str(place.data / "mpesa.sqlite3")),
        ],
        answers_at=f"{place.simulator}/",
    )


def _market(place: Place) -> Program:
    return Program(
        "market",
        [
            str(SCRIPTS / "sokopesa"),
            *("serve", "--host", "127.0.0.1", "--port", str(place.port)),
        ],
        answers_at=f"{place.shop}/",
    )


def _worker() -> Program:
    return Program("worker", [str(SCRIPTS / "sokopesa"), "worker"])


def _introduce(place: Place) -> None:
    """Settle with the simulated network what an operator settles with Safaricom: phones for our alerts and for staff,
    that payments by hand are asked about first (external validation), who bears its charge, and where they are
    reported."""
    import daraja
    from sokopesa.configuration import CONFIGURATION
    from sokopesa.payments.gateway import hang_up, register_paybill

    for path, facts in {
        f"subscribers/{OPERATOR}": {"name": "Sokopesa operator", "pin": "1234"},
        f"organisations/{SHORTCODE}": {
            "name": "SOKOPESA",
            "validates_payments": True,
            "charges_paid_by": CONFIGURATION.mpesa_charges_paid_by,
        },
        **{f"subscribers/{phone}": {"name": name, "pin": "1234"} for phone, _, name in STAFF},
        **{f"subscribers/{phone}": {"name": shop.name, "pin": "1234"} for phone, shop in shops()},
    }.items():
        httpx.put(f"{place.simulator}/simulator/v1/{path}", json=facts, timeout=10).raise_for_status()
    with contextlib.suppress(daraja.AlreadyRegistered):
        register_paybill()
    hang_up()


def _fill_accounts(place: Place) -> None:
    """Before anybody pays out: the certificate is there, and money, on M-PESA's books and on ours."""
    from sokopesa.kernel.clock import now
    from sokopesa.reconciliation.errors import StatementRefused

    paying.fetch_certificate(place.simulator, place.certificate)
    paying.fill(place.simulator)
    try:
        paying.take_in_statements(place.simulator, now=now())
    except StatementRefused as refusal:
        console.print(
            f"[yellow]M-PESA's statement does not go on from what it said before.[/] {refusal}", soft_wrap=True
        )


def _say_where_to_click(place: Place, database_url: str) -> None:
    local = "0" + SHOPPER[3:]
    desks = "\n".join(f"  {role:<14}{place.simulator}/phone/{phone}" for phone, role, _ in STAFF)
    console.print(
        Panel.fit(
            f"The shop        [bold cyan]{place.shop}/[/]\n"
            f"Your phone      [bold cyan]{place.simulator}/phone/{SHOPPER}[/]\n"
            f"                number [bold]{local}[/], M-PESA PIN [bold]1234[/]\n"
            f"The network     {place.simulator}/\n"
            f"Operator alerts {place.simulator}/phone/{OPERATOR}\n\n"
            f"The desk        [bold cyan]{place.shop}/desk/[/]\n"
            f"                for staff, who sign in with the number of their phone:\n"
            f"{desks}\n"
            f"Their codes     [bold cyan]{place.shop}/demo/authenticator/[/]\n"
            f"                asked for before money moves\n\n"
            f"The sellers     each signs in with the phone of their shop, the first of them\n"
            f"                {place.simulator}/phone/{FIRST_SELLER}\n\n"
            f"Money back      ask to cancel what is paid, and let its seller approve:\n"
            f"                within a minute it is on your phone, from SOKOPESA B2C\n"
            f"Statements      fetch what M-PESA tells of an account, to take it in:\n"
            f"                {place.simulator}/simulator/v1/statements/{SHORTCODE}.csv\n"
            f"                …/{paying.SHORTCODE}.csv, also with ?account=working or =charges\n\n"
            f"Refund files    to see them leave today: docs/operations.md, “Trying refund files”\n\n"
            f"Open the shop and your phone, sign in with the phone's number (the code comes there),\n"
            f"buy something, and type the PIN on the phone. Data and logs: {place.data}",
            title="Sokopesa is open",
            subtitle="Ctrl-C stops everything",
            border_style="green",
        )
    )
    # Outside the frame and never wrapped, so that they can be copied. The key itself is not shown.
    key = shlex.quote(str(place.data / "secret-key"))
    settings = f'export DATABASE_URL={shlex.quote(database_url)} SOKOPESA_SECRET_KEY="$(cat {key})"'
    console.print(f"For commands in another terminal, first: {settings}", soft_wrap=True)
    console.print("Check the books: .venv/bin/sokopesa ledger verify", soft_wrap=True)
    console.print(f"A token for a program that buys: .venv/bin/sokopesa token issue {local}", soft_wrap=True)
