"""Real parts for every test: PostgreSQL, started once a run, and the simulated M-PESA network over HTTP."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from django.db import IntegrityError, connections
from pydantic import SecretStr
from pytest_django import DjangoDbBlocker

from sokopesa.catalog.models import Category, Offer, Product
from sokopesa.configuration import CONFIGURATION
from sokopesa.demo.run import SANDBOX_PASSKEY
from sokopesa.embedded_postgres import EmbeddedPostgres
from sokopesa.kernel.errors import Refusal
from sokopesa.orders import checkout as steps
from sokopesa.orders.models import Checkout, Order, Purchase
from sokopesa.orders.opening import open_paid
from sokopesa.payments.crediting import Payment, credit_payments
from sokopesa.payments.models import Receipt
from sokopesa.people.models import Address, Seller, User

sys.path.append(str(Path(__file__).parent / "support"))

from selling import make_offer

PLANTED_BY_MIGRATIONS = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}
"""Tables whose rows come with the database itself: the groups of staff among them."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    with tempfile.TemporaryDirectory(prefix="sokopesa-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder) / "postgres")
        with psycopg.connect(server.url(), autocommit=True) as connection:
            # Nothing here outlives the run, so nobody needs to wait for the disk.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server
        server.stop()


@pytest.fixture(scope="session", autouse=True)
def media_root() -> Iterator[Path]:
    """Where this run keeps the files that people send."""
    with tempfile.TemporaryDirectory(prefix="sokopesa-media-") as folder:
        CONFIGURATION.media_root = Path(folder) / "media"
        yield CONFIGURATION.media_root


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, postgres: EmbeddedPostgres
) -> Iterator[None]:
    """Make the test database in our own server, whichever test asks for it first. It goes with the server."""
    where = urlsplit(postgres.url())
    default = connections["default"].settings_dict
    default.update(NAME="sokopesa", USER=where.username, HOST=parse_qs(where.query)["host"][0], PORT="")
    default["OPTIONS"].pop("pool", None)
    with django_db_blocker.unblock():
        connections["default"].creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """For tests that really commit, in one thread or many. Afterwards every table is emptied, past the ledger's guards
    that forbid it to everybody else (which is why pytest-django's own ``transaction=True`` cannot be used here)."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        with connections["default"].cursor() as cursor:
            tables = set(connections["default"].introspection.table_names(cursor)) - PLANTED_BY_MIGRATIONS
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        connections.close_all()


@pytest.fixture
def all_at_once(committing: None) -> Callable[..., list[object]]:
    """Runs each of the works in a thread of its own, started together; what each returned or was refused."""

    def run_all(*works: Callable[[], object]) -> list[object]:
        together = Barrier(len(works))

        def run(work: Callable[[], object]) -> object:
            together.wait()
            try:
                return work()
            except (Refusal, IntegrityError) as refusal:
                return refusal
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(works)) as pool:
            return list(pool.map(run, works))

    return run_all


@pytest.fixture(scope="module")
def free_port() -> int:
    """A port for this module's server."""
    return find_free_port()


def find_free_port() -> int:
    """A port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def simulator_url() -> Iterator[str]:
    """The M-PESA network in a process of its own, its books in memory; our configuration points at it."""
    url = f"http://127.0.0.1:{(port := find_free_port())}"
    command = [str(Path(sysconfig.get_path("scripts")) / "mpesa-simulator"), "serve", "--port", str(port)]
    process = subprocess.Popen([*command, "--host", "127.0.0.1", "--books", ":memory:", "--seed", "1"])
    try:
        _wait_for(url, process)
        CONFIGURATION.mpesa_base_url = CONFIGURATION.sms_simulator_url = url
        CONFIGURATION.mpesa_passkey = SecretStr(SANDBOX_PASSKEY)
        CONFIGURATION.mpesa_consumer_key = CONFIGURATION.mpesa_consumer_secret = SecretStr("test")
        CONFIGURATION.sms_provider = "simulator"
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            httpx.get(url, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the simulator did not start")


@pytest.fixture
def network(simulator_url: str) -> Iterator[httpx.Client]:
    """The simulated network's control API, with all faults cleared before and after."""
    with httpx.Client(base_url=f"{simulator_url}/simulator/v1", timeout=10) as control:
        control.put("/faults", json={"faults": []}).raise_for_status()
        yield control
        control.put("/faults", json={"faults": []}).raise_for_status()


class Market:
    """Makes what a test needs to stand in a shop: sellers with offers, buyers with addresses, placed purchases."""

    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    _numbers = itertools.count(1)
    """One series for the whole run: the simulated network remembers phones from test to test."""

    def _next(self) -> int:
        return next(self._numbers)

    def buyer(self, phone: str | None = None) -> User:
        return User.objects.create_user(phone or f"2547080{self._next():05d}")

    def offer(
        self, *, price_cents: int = 120_000, stock: int = 10, shipping_cents: int = 5_000, currency: str = "KES"
    ) -> Offer:
        n = self._next()
        seller = Seller.objects.create(
            name=f"Seller {n}", slug=f"seller-{n}", town="Nairobi", joined_on=self.now.date()
        )
        category, _ = Category.objects.get_or_create(
            slug="home", defaults={"name": "Home", "blurb": "For the house", "position": 1, "picture": "x.svg"}
        )
        product = Product.objects.create(
            slug=f"kettle-{n}",
            title=f"Steel kettle {n}",
            description="Boils water.",
            category=category,
            brand="Moto",
            details=[["Volume", "2 l"]],
            picture="x.svg",
            created_at=self.now,
        )
        return make_offer(
            product=product,
            seller=seller,
            price_minor=price_cents,
            shipping_minor=shipping_cents,
            handling_days=3,
            currency=currency,
            stock=stock,
        )

    def address(self, buyer: User) -> Address:
        return Address.objects.create(
            user=buyer,
            kind=Address.Kind.STREET,
            recipient="Asha Test",
            phone=buyer.phone,
            building="Plot 5",
            street="Moi Avenue",
            town="Nairobi",
            county="Nairobi",
        )

    def checkout(self, *, buyer: User | None = None, offer: Offer | None = None, quantity: int = 1) -> Checkout:
        """Every question answered; only *Pay* is left to press."""
        buyer = buyer or self.buyer()
        checkout = steps.start(offer_id=(offer or self.offer()).pk, quantity=quantity, buyer=buyer, now=self.now)
        steps.review(checkout=checkout)
        steps.deliver_to(checkout=checkout, address=self.address(buyer))
        steps.pay_with_mpesa(checkout=checkout)
        steps.charge_number(checkout=checkout, msisdn=buyer.phone)
        return checkout

    def purchase(self, *, buyer: User | None = None, total_cents: int = 125_000) -> Purchase:
        """Placed and awaiting payment."""
        offer = self.offer(price_cents=total_cents, shipping_cents=0)
        checkout = self.checkout(buyer=buyer, offer=offer)
        return steps.place(checkout_id=checkout.pk, agreed_total_cents=total_cents, now=self.now)

    def pay(self, purchase: Purchase, *, at: datetime | None = None) -> Receipt:
        """M-PESA confirms the whole sum, and the orders' deadlines begin."""
        code, paid_at = f"UKP{self._next():07d}", at or self.now
        payment = Payment(
            receipt=code,
            amount_cents=purchase.total_cents,
            paid_at=paid_at,
            learned_from="confirmation",
            purchase_id=purchase.pk,
            msisdn=purchase.buyer.phone,
            account=purchase.reference,
        )
        credit_payments([payment], now=paid_at)
        open_paid()
        return Receipt.objects.get(code=code)

    def paid_order(self, *, buyer: User | None = None, total_cents: int = 125_000) -> Order:
        """An order that awaits shipment, its money on the books."""
        purchase = self.purchase(buyer=buyer, total_cents=total_cents)
        self.pay(purchase)
        return Order.objects.select_related("purchase__buyer", "seller").get(purchase=purchase)


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that goes to PostgreSQL from now on, Django's and ours, but for those that only begin and end
    transactions."""
    seen: list[str] = []
    execute = psycopg.Cursor.execute

    def noting(cursor: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        if not str(query).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            seen.append(str(query))
        return execute(cursor, query, *arguments, **more)

    monkeypatch.setattr(psycopg.Cursor, "execute", noting)
    return seen
