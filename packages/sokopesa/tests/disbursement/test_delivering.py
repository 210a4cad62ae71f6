"""Files arrive whole, under their name, however often it takes; and answers are read once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from django.db import connection

from sokopesa.configuration import CONFIGURATION
from sokopesa.demo import safaricom
from sokopesa.disbursement import delivering, filing, replies, returned
from sokopesa.disbursement.errors import FileMissing, FileRejected, NotYourDecision, OutletFailed
from sokopesa.disbursement.models import Delivery, RefundFile, Reply
from sokopesa.disbursement.outlets import Folder, Outlet, Sftp
from sokopesa.notices.models import Notice
from sokopesa.refunds.models import Refund

pytestmark = pytest.mark.django_db
Treasury = Market = Any
NAME = "refunds-000001-20261123.csv"


class Server:
    """A real SFTP server in a thread of its own, for one user with a password and one folder."""

    def __init__(self, root: Path) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = key.export_public_key().decode().strip()
        self.port = 0
        self._root = root
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(key)))
        self._thread.start()
        assert self._ready.wait(10)

    async def _serve(self, key: asyncssh.SSHKey) -> None:
        class Door(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("sokopesa", "secret")

        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Door,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self._root).encode()),
        ) as acceptor:
            self.port = acceptor.get_port()
            self._ready.set()
            await self._over.wait()

    def outlet(self, *, password: str = "secret", host_key: str = "") -> Sftp:
        url = f"sftp://sokopesa@127.0.0.1:{self.port}/refunds"
        return Sftp(url, host_key=host_key or self.host_key, password=password, timeout=10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    root = tmp_path / "server"
    (root / "refunds").mkdir(parents=True)
    running = Server(root)
    yield running
    running.stop()


@pytest.fixture(params=["folder", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Outlet, Path]:
    """An outlet, and the folder that the other side sees."""
    if request.param == "folder":
        return Folder(tmp_path), tmp_path
    server = request.getfixturevalue("server")
    return server.outlet(), tmp_path / "server" / "refunds"


class Broken:
    """A place that cannot be reached."""

    place = "nowhere"

    def put(self, source: Path, name: str) -> None:
        raise OutletFailed("connection refused")

    def replies(self) -> dict[str, bytes]:
        raise OutletFailed("connection refused")

    def put_away(self, name: str) -> None:
        raise OutletFailed("connection refused")


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def close(treasury: Treasury, *cents: int) -> RefundFile:
    for each in cents or (125_000,):
        treasury.refund(each)
    (file,) = filing.close_due(now=treasury.cut_off)
    return file


def deliver(now: datetime, to: Outlet) -> int:
    return delivering.deliver_due(now=now, clock=at(now), to=to)


def reply(file: RefundFile, verdict: str = "accepted", reason: str = "", lines: tuple[str, ...] = ()) -> bytes:
    head = f"H,sokopesa-refunds-reply,1,{file.number},{file.sha256},{verdict},{reason}\n"
    return (head + "".join(f"{line}\n" for line in lines) + f"T,{file.number},{len(lines)}\n").encode()


def test_a_file_arrives_with_its_digest_and_its_answer_is_read(treasury: Treasury, place: tuple[Outlet, Path]) -> None:
    outlet, seen = place
    file = close(treasury, 125_000, 30_000)
    assert deliver(treasury.cut_off, outlet) == 1
    assert sorted(path.name for path in (seen / "out").iterdir()) == [NAME, NAME + ".sha256"]
    body = (seen / "out" / NAME).read_bytes()
    assert body == b"".join(filing.render(file))
    assert (seen / "out" / (NAME + ".sha256")).read_text() == f"{sha256(body).hexdigest()}  {NAME}\n"
    file.refresh_from_db()
    assert (file.state, file.delivered_at, file.next_delivery_at) == ("delivered", treasury.cut_off, None)
    assert deliver(treasury.cut_off, outlet) == 0

    (seen / "in").mkdir()
    (seen / "in" / "answer.csv").write_bytes(reply(file))
    (seen / "in" / "half.csv.part").write_bytes(b"H,soko")
    later = treasury.cut_off + timedelta(hours=1)
    assert replies.take_in(now=later, source=outlet) == 1
    assert replies.take_in(now=later, source=outlet) == 0
    file.refresh_from_db()
    assert (file.state, file.answered_at) == ("acknowledged", later)
    assert (seen / "in" / "read" / "answer.csv").exists()


def test_a_lost_file_is_sent_again_with_the_same_number_and_bytes(
    treasury: Treasury, market: Market, place: tuple[Outlet, Path]
) -> None:
    outlet, seen = place
    close(treasury)
    deliver(treasury.cut_off, outlet)
    first = (seen / "out" / NAME).read_bytes()
    (seen / "out" / NAME).unlink()
    later = treasury.cut_off + timedelta(hours=2)
    with pytest.raises(NotYourDecision):
        delivering.resend(number=1, by=market.buyer(), now=later)
    with pytest.raises(FileMissing):
        delivering.resend(number=2, by=treasury.member(), now=later)
    delivering.resend(number=1, by=treasury.member(), now=later)
    assert deliver(later, outlet) == 1
    assert (seen / "out" / NAME).read_bytes() == first
    delivering.resend(number=1, by=treasury.member(), now=later)
    assert deliver(later, outlet) == 1, "also over one that is there"
    assert RefundFile.objects.get().delivered_at == treasury.cut_off


def test_a_delivery_that_fails_is_tried_again_and_an_operator_told(treasury: Treasury, tmp_path: Path) -> None:
    file = close(treasury)
    moment = treasury.cut_off
    for wait in (1, 2, 5):
        assert deliver(moment, Broken()) == 0
        assert deliver(moment + timedelta(seconds=59), Broken()) == 0
        moment += timedelta(minutes=wait)
    assert Delivery.objects.filter(file=file, succeeded=False, remark="connection refused").count() == 3
    assert deliver(moment, Folder(tmp_path)) == 1
    file.refresh_from_db()
    assert (file.state, file.tries) == ("delivered", 0)


def test_bytes_that_changed_are_not_delivered(treasury: Treasury, tmp_path: Path) -> None:
    close(treasury)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE disbursement_fileline SET amount_cents = 999900")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert deliver(treasury.cut_off, Folder(tmp_path)) == 0
    assert not (tmp_path / "out").exists()
    assert Delivery.objects.get().remark == "Refund file 1 is not what it was when it was closed."


@pytest.mark.parametrize(("password", "is_other_server"), [("wrong", False), ("secret", True)])
def test_a_server_that_is_another_or_refuses_gets_nothing(
    server: Server, tmp_path: Path, password: str, is_other_server: bool
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    outlet = server.outlet(password=password, host_key=other if is_other_server else "")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutletFailed):
        outlet.put(tmp_path / "file", "file")
    assert list((tmp_path / "server" / "refunds").iterdir()) == []


def test_a_rejected_line_goes_back_with_its_reason_and_the_buyer_is_told(treasury: Treasury, market: Market) -> None:
    buyer = market.buyer()
    kept = treasury.refund()
    bad = treasury.refund(msisdn=buyer.phone, purchase=market.purchase(buyer=buyer))
    file = close(treasury, 30_000)
    later = treasury.cut_off + timedelta(hours=1)
    body = reply(file, lines=(f"R,2,{bad.number},Number not registered",))
    read = replies.read("a.csv", body, now=later)
    assert (read.verdict, read.rejected_lines) == ("accepted", 1)
    assert replies.read("b.csv", body, now=later + timedelta(hours=1)) == read, "the same bytes are read once"
    bad.refresh_from_db()
    assert (bad.state, bad.waits_for, bad.remark) == ("reconciled", "operator", "Number not registered")
    assert (line := bad.file_lines.get()).state == "rejected"
    assert (line.ended_at, line.remark) == (later, "Number not registered")
    assert kept.file_lines.get().state == "open"
    file.refresh_from_db()
    assert file.state == "acknowledged"
    assert Notice.objects.filter(to=buyer.phone, kind="refund-returned").count() == 1


def test_more_lines_can_be_rejected_later(treasury: Treasury) -> None:
    first, second = treasury.refund(), treasury.refund()
    file = close(treasury)
    replies.read("a.csv", reply(file, lines=(f"R,1,{first.number},No",)), now=treasury.cut_off)
    both = (f"R,1,{first.number},No", f"R,2,{second.number},No")
    assert replies.read("b.csv", reply(file, lines=both), now=treasury.cut_off).verdict == "accepted"
    assert list(Refund.objects.order_by("pk").values_list("state", flat=True)) == ["reconciled", "reconciled", "filed"]


def test_the_refunds_of_a_rejected_file_go_into_the_next(treasury: Treasury) -> None:
    file = close(treasury, 1_000, 2_000)
    later = treasury.cut_off + timedelta(hours=1)
    assert replies.read("a.csv", reply(file, "rejected", "Wrong checksum"), now=later).verdict == "rejected"
    file.refresh_from_db()
    assert (file.state, file.remark, file.answered_at) == ("rejected", "Wrong checksum", later)
    (second,) = filing.close_due(now=treasury.cut_off + timedelta(days=1))
    assert (second.number, second.lines, second.total_cents) == (2, 2, 3_000)
    assert {line.file_id for line in Refund.objects.earliest("pk").file_lines.filter(state="open")} == {second.pk}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file, refund: b"",
        lambda file, refund: b"\xff\xfe",
        lambda file, refund: reply(file).replace(b"reply,1", b"reply,2"),
        lambda file, refund: reply(file).replace(file.sha256.encode(), b"0" * 64),
        lambda file, refund: reply(file).replace(b"1,1,", b"1,9,"),
        lambda file, refund: reply(file, "perhaps"),
        lambda file, refund: reply(file, "rejected"),
        lambda file, refund: reply(file, lines=(f"R,1,{refund.number},No",))[:-5],
        lambda file, refund: reply(file, lines=(f"R,2,{refund.number},No",)),
        lambda file, refund: reply(file, lines=("R,1,RAAAAAAAAAA,No",)),
        lambda file, refund: reply(file, "rejected", "No", lines=(f"R,1,{refund.number},No",)),
        lambda file, refund: reply(file, "rejected", "No\0"),
        lambda file, refund: reply(file, "rejected", "a" * 140_000),
        lambda file, refund: reply(file).replace(b"1,1,", f"1,{'1' * 5_000},".encode()),
        lambda file, refund: reply(file).replace(b"1,1,", b"1,99999999999999999999,"),
        lambda file, refund: reply(file, lines=(f"R,99999999999999999999,{refund.number},No",)),
        lambda file, refund: reply(file, lines=(f"R,{'1' * 5_000},{refund.number},No",)),
        lambda file, refund: reply(file) + b'"',
    ],
)
def test_an_answer_that_makes_no_sense_changes_nothing(
    treasury: Treasury, spoil: Callable[[RefundFile, Refund], bytes]
) -> None:
    file = close(treasury)
    read = replies.read("a.csv", spoil(file, Refund.objects.get()), now=treasury.cut_off)
    assert read.verdict == "unusable"
    assert read.remark
    file.refresh_from_db()
    assert file.state == "closed"
    assert Refund.objects.get().state == "filed"


def test_line_ends_of_every_kind_are_read(treasury: Treasury) -> None:
    file = close(treasury)
    assert replies.read("a.csv", reply(file).replace(b"\n", b"\r"), now=treasury.cut_off).verdict == "accepted"


def test_an_answer_that_we_cannot_follow_holds_up_no_other(
    treasury: Treasury, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours with one of them."""
    file = close(treasury)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(b"odd")
    (tmp_path / "in" / "b.csv").write_bytes(reply(file))
    parse = replies._parse

    def fails(body: bytes) -> Any:
        return parse(body) if body != b"odd" else 1 // 0

    monkeypatch.setattr(replies, "_parse", fails)
    monkeypatch.setattr(CONFIGURATION, "operator_phone", "254711000200")
    for _ in range(2):
        replies.take_in(now=treasury.cut_off, source=Folder(tmp_path))
    file.refresh_from_db()
    assert file.state == "acknowledged"
    assert [path.name for path in (tmp_path / "in").glob("*.csv")] == ["a.csv"], "it is kept for whoever looks"
    assert Notice.objects.filter(kind="operator").count() == 1


def test_a_line_that_we_took_back_before_can_be_rejected_as_well(treasury: Treasury) -> None:
    """The rest of the answer counts, and the refund stays where it has come since."""
    refund, _other = treasury.refund(), treasury.refund()
    file, by = close(treasury), treasury.member()
    filing.withdraw(line_id=refund.file_lines.get().pk, by=by, reason="Another number.", now=treasury.cut_off)
    returned.retry(refund_id=refund.pk, by=by, now=treasury.cut_off)
    filing.close_due(now=treasury.cut_off + timedelta(days=1))
    late = treasury.cut_off + timedelta(days=1, hours=1)
    read = replies.read("a.csv", reply(file, lines=(f"R,1,{refund.number},No",)), now=late)
    assert read.verdict == "accepted"
    file.refresh_from_db()
    refund.refresh_from_db()
    assert (file.state, refund.state, refund.waits_for) == ("acknowledged", "filed", "")
    assert list(refund.file_lines.order_by("pk").values_list("state", flat=True)) == ["withdrawn", "open"]


def test_a_rejected_file_is_not_sent_again(treasury: Treasury) -> None:
    """Its refunds stand in the next one: whoever paid both would pay twice."""
    file = close(treasury)
    replies.read("a.csv", reply(file, "rejected", "Wrong checksum"), now=treasury.cut_off)
    with pytest.raises(FileRejected):
        delivering.resend(number=1, by=treasury.member(), now=treasury.cut_off)
    file.refresh_from_db()
    assert file.next_delivery_at is None


def test_a_slow_delivery_is_not_begun_twice(treasury: Treasury) -> None:
    """Two who write the same bytes to the same place at once would let others see half a file."""
    close(treasury)
    later = treasury.cut_off + timedelta(minutes=2)
    asked: list[int] = []

    class Slow(Broken):
        def put(self, source: Path, name: str) -> None:
            asked.append(deliver(later, Broken()))
            super().put(source, name)

    deliver(treasury.cut_off, Slow())
    assert asked == [0]
    assert Delivery.objects.count() == 1
    assert deliver(treasury.cut_off + timedelta(minutes=1), Broken()) == 0
    assert Delivery.objects.count() == 2, "after a failure it does not take longer than before"


def test_an_answer_cannot_take_back_what_is_in_a_disbursement(treasury: Treasury) -> None:
    file = close(treasury)
    refund = Refund.objects.get()
    replies.read("a.csv", reply(file), now=treasury.cut_off)
    Refund.objects.update(state="batched")
    late = replies.read("b.csv", reply(file, lines=(f"R,1,{refund.number},No",)), now=treasury.cut_off)
    whole = replies.read("c.csv", reply(file, "rejected", "No"), now=treasury.cut_off)
    assert [late.verdict, whole.verdict] == ["unusable", "unusable"]
    assert Reply.objects.count() == 3
    assert refund.file_lines.get().state == "open"


def test_the_demos_safaricom_acknowledges_each_file_once(treasury: Treasury, folder: Path) -> None:
    treasury.refund()
    close(treasury)
    assert safaricom.acknowledge(folder) == 0, "nothing was delivered yet"
    now = treasury.cut_off + timedelta(minutes=1)
    delivering.deliver_due(now=now, clock=lambda: now)
    assert [safaricom.acknowledge(folder), safaricom.acknowledge(folder)] == [1, 0]
    assert replies.take_in(now=now) == 1
    assert Reply.objects.get().verdict == "accepted"
    assert RefundFile.objects.get().state == "acknowledged"
    assert safaricom.acknowledge(folder) == 0, "its answer was read"
