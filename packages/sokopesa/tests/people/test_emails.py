"""An e-mail address is proved by its link, by the person for whom the link was made, and by nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone

from sokopesa.kernel.clock import now
from sokopesa.people import emails
from sokopesa.people.errors import EmailTaken, LinkExpired
from sokopesa.people.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def jane() -> User:
    return User.objects.create_user("254712345678")


def test_the_link_proves_the_address_and_again_changes_nothing(jane: User) -> None:
    token = emails.token_for(user=jane, email=" jane@Soko.EXAMPLE ")
    assert emails.address_in(token, user=jane) == "jane@soko.example"
    first = now()
    assert emails.confirm(user=jane, token=token, now=first) == "jane@soko.example"
    emails.confirm(user=jane, token=token, now=now() + timedelta(hours=1))
    jane.refresh_from_db()
    assert (jane.email, jane.email_confirmed_at) == ("jane@soko.example", first)
    emails.forget(user=jane)
    jane.refresh_from_db()
    assert (jane.email, jane.email_confirmed_at) == (None, None)


def test_a_link_works_for_three_days(jane: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = emails.token_for(user=jane, email="jane@soko.example")
    written = timezone.now().timestamp()
    monkeypatch.setattr(signing.time, "time", lambda: written + 3 * 86_400 - 5)
    emails.address_in(token, user=jane)
    monkeypatch.setattr(signing.time, "time", lambda: written + 3 * 86_400 + 5)
    with pytest.raises(LinkExpired):
        emails.confirm(user=jane, token=token, now=now())


def test_somebody_elses_link_and_a_forged_one_prove_nothing(jane: User) -> None:
    token = emails.token_for(user=jane, email="jane@soko.example")
    stranger = User.objects.create_user("254712345679")
    for wrong, user in ((token, stranger), (token[:-1], jane), ("", jane), (f"x{token}", jane)):
        with pytest.raises(LinkExpired):
            emails.confirm(user=user, token=wrong, now=now())
    assert not User.objects.exclude(email=None).exists()


def test_an_address_belongs_to_whoever_proved_it_first(jane: User) -> None:
    other = User.objects.create_user("254712345679")
    emails.confirm(user=other, token=emails.token_for(user=other, email="both@soko.example"), now=now())
    with pytest.raises(EmailTaken):
        emails.confirm(user=jane, token=emails.token_for(user=jane, email="both@soko.example"), now=now())
    jane.refresh_from_db()
    assert jane.email is None


def test_the_database_knows_no_confirmation_without_an_address(jane: User) -> None:
    with pytest.raises(IntegrityError, match="user_confirmed_an_email"), transaction.atomic():
        User.objects.filter(pk=jane.pk).update(email_confirmed_at=now())
