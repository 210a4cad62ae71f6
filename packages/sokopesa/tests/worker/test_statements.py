"""A statement that was brought to the desk, and a worker that is killed over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from stating import as_csv, some

from sokopesa.kernel.clock import now
from sokopesa.people.staff import Role, add_staff
from sokopesa.reconciliation import bringing
from sokopesa.reconciliation.models import StatementImport, StatementLine, StatementUpload
from sokopesa.reconciliation.watching import is_watched

pytestmark = pytest.mark.usefixtures("committing")
StartWorker = WaitUntil = Any

HOLD = "SELECT pg_advisory_lock(hashtextextended('statement of ' || %s || %s, 0))"
"""The lock that an import takes before it writes: whoever has it keeps a worker waiting amid its import."""


def test_a_worker_killed_amid_an_import_leaves_nothing_and_it_can_be_tried_again(
    start_worker: StartWorker, wait_until: WaitUntil, media_root: Path
) -> None:
    finance = add_staff(phone="254711900001", role=Role.FINANCE, name="Finance")
    upload = bringing.bring([as_csv(some(300))], name="monday.csv", by=finance, now=now())
    holding = connection.copy()
    with holding.cursor() as cursor:
        cursor.execute(HOLD, ["174379", "utility"])
    process = start_worker(SOKOPESA_MEDIA_ROOT=str(media_root))
    wait_until(lambda: StatementUpload.objects.get().stage == "Checking")
    assert is_watched(upload.pk)
    assert not bringing.may_be_tried_again(StatementUpload.objects.get())
    process.kill()
    process.wait()
    wait_until(lambda: not is_watched(upload.pk))
    with holding.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
    holding.close()
    left = StatementUpload.objects.get()
    assert left.state == StatementUpload.State.READING
    assert bringing.may_be_tried_again(left)
    assert not StatementImport.objects.exists()
    assert not StatementLine.objects.exists()
    bringing.retry(upload_id=upload.pk, by=finance, now=now())
    bringing.take_in(upload_id=upload.pk, clock=now)
    assert StatementUpload.objects.get().state == StatementUpload.State.TAKEN
    assert StatementLine.objects.count() == 300
