"""What the database keeps of the outbox: each event once, in one call for any number, due at once and in order."""

from __future__ import annotations

from importlib import import_module

import psycopg
import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from sokopesa.configuration import CONFIGURATION
from sokopesa.kernel.clock import now
from sokopesa.notices.actions import Message, alert_operator, send, send_all
from sokopesa.notices.models import Notice

PHONE = "254708374149"


def messages(count: int) -> list[Message]:
    return [Message(to=PHONE, text=f"Thank you, {n}.", kind="payment", key=f"receipt:{n}") for n in range(count)]


@pytest.mark.django_db
def test_any_number_is_stored_by_one_statement_each_event_once() -> None:
    send_all([*messages(3), *messages(2)])
    with CaptureQueriesContext(connection) as queries:
        send_all(messages(1_000))
    assert len(queries) == 1
    assert Notice.objects.count() == 1_000
    assert {notice.state for notice in Notice.objects.all()} == {Notice.State.WAITING}
    assert not Notice.objects.filter(urgent=True).exists()


@pytest.mark.django_db
def test_other_rooms_functions_send_by_a_function_of_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT notices_send(ARRAY['receipt:X'], ARRAY['payment'], ARRAY[%s], ARRAY['Asante.'], true)", [PHONE]
        )
    notice = Notice.objects.get(key="receipt:X")
    assert (notice.to, notice.text, notice.kind, notice.urgent) == (PHONE, "Asante.", "payment", True)
    assert abs((now() - (notice.next_try_at or notice.created_at)).total_seconds()) < 60


def test_the_bell_rings_once_when_the_cause_is_committed_and_not_for_what_was_told(committing: None) -> None:
    parameters = connection.get_connection_params()
    where = {name: parameters[name] for name in ("dbname", "user", "host")}
    with psycopg.connect(**where, autocommit=True) as bell:
        bell.execute("LISTEN notices")
        with transaction.atomic():
            send_all(messages(500))
            assert list(bell.notifies(timeout=0.2)) == []
        assert len(list(bell.notifies(timeout=0.5))) == 1
        send_all(messages(500))
        assert list(bell.notifies(timeout=0.2)) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("message", "refusal"),
    [
        (Message(to="0708374149", text="Asante.", kind="payment", key="a"), IntegrityError),
        (Message(to=PHONE, text="", kind="payment", key="a"), IntegrityError),
        (Message(to=PHONE, text="x" * 321, kind="payment", key="a"), DataError),
    ],
)
def test_what_no_phone_could_show_is_refused_with_all_that_came_beside_it(
    message: Message, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal), transaction.atomic():
        send_all([*messages(1), message])
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_telling_the_operator_never_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CONFIGURATION, "operator_phone", PHONE)
    alert_operator(text="x" * 400, key="too-long")
    alert_operator(text="Look.", key="short")
    assert Notice.objects.get().text == "Look."


@pytest.mark.django_db
def test_the_key_has_one_index_and_what_is_over_is_in_no_queue() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'notices_notice'")
        indexes = dict(cursor.fetchall())
    assert set(indexes) == {"notices_notice_pkey", "notice_told_once", "notice_due"}
    assert indexes["notice_due"].endswith("(urgent, next_try_at) WHERE (next_try_at IS NOT NULL)")
    send(to=PHONE, text="Asante.", kind="payment", key="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.update(sent_at=now())


@pytest.mark.django_db
def test_what_was_not_sent_when_the_queue_began_is_due_except_what_had_been_given_up() -> None:
    """Nobody wants a code from last month."""
    for key, attempts, sent_at in (("waits", 2, None), ("given-up", 10, None), ("sent", 1, now())):
        Notice.objects.create(key=key, kind="test", to=PHONE, text="Habari", attempts=attempts, sent_at=sent_at)
    with connection.cursor() as cursor:
        cursor.execute(import_module("sokopesa.notices.migrations.0002_outbox").QUEUE)
    assert {notice.key: notice.state.value for notice in Notice.objects.all()} == {
        "waits": "waiting",
        "given-up": "given-up",
        "sent": "sent",
    }
    assert Notice.objects.filter(next_try_at__lte=now()).count() == 1
