"""``sokopesa payouts`` in the words of whoever keeps the market running."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner, Result

from sokopesa.cli import main
from sokopesa.payouts.models import Payer

pytestmark = pytest.mark.django_db

EVENING = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["payouts", *arguments])


def test_before_the_first_payment_it_says_so() -> None:
    said = run("status")
    assert (said.exit_code, said.output.startswith("Nothing was paid yet")) == (0, True)


def test_times_are_those_of_nairobi() -> None:
    Payer.objects.create(
        shortcode="614251", next_send_at=EVENING, next_ask_at=EVENING, stopped_at=EVENING, stopped_for="8006"
    )
    assert "STOPPED at 23-11-2026 21:30:00: 8006" in run("status").output
    assert run("resume", "614251").exit_code == 0
    assert "STOPPED" not in run("status").output


@pytest.mark.parametrize(
    ("shortcode", "words"), [("999", "No payment goes out from 999"), ("614251", "from 614251 are not stopped")]
)
def test_only_what_is_stopped_goes_on(shortcode: str, words: str) -> None:
    said = run("resume", shortcode)
    assert (said.exit_code, words in said.output) == (1, True)
    assert not Payer.objects.filter(pk="999").exists()
