"""Who may open the desk, and how an operator says so."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner, Result

from sokopesa.cli import main
from sokopesa.people.models import User
from sokopesa.people.staff import RELEASE_MONEY, SEE_DESK, Role, add_staff, may, remove_staff

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["staff", *arguments], env={"COLUMNS": "200"})


def rights(phone: str) -> tuple[bool, bool]:
    """Whether the person sees the desk, and whether they release money; asked anew, for permissions are remembered."""
    user = User.objects.get(phone=phone)
    return may(user, SEE_DESK), may(user, RELEASE_MONEY)


def test_support_sees_and_finance_also_releases() -> None:
    add_staff(phone="254711000201", role=Role.SUPPORT)
    add_staff(phone="254711000202", role=Role.FINANCE)
    assert rights("254711000201") == (True, False)
    assert rights("254711000202") == (True, True)


def test_a_buyer_keeps_their_account_and_loses_the_desk_again() -> None:
    buyer = User.objects.create_user("254711000203", name="Asha")
    assert add_staff(phone=buyer.phone, role=Role.FINANCE).pk == buyer.pk
    add_staff(phone=buyer.phone, role=Role.SUPPORT)
    assert rights(buyer.phone) == (True, False)
    remove_staff(phone=buyer.phone)
    assert rights(buyer.phone) == (False, False)
    assert User.objects.get(phone=buyer.phone).name == "Asha"


def test_a_group_without_is_staff_opens_nothing() -> None:
    user = add_staff(phone="254711000204", role=Role.FINANCE)
    User.objects.filter(pk=user.pk).update(is_staff=False)
    assert rights(user.phone) == (False, False)


def test_the_commands() -> None:
    added = run("add", "0711 000 205", "--role", "finance", "--name", "Wanjiru")
    assert added.output == "Wanjiru with 0711 000 205 is on the staff as finance.\n"
    assert rights("254711000205") == (True, True)
    listed = run("list")
    assert "Wanjiru" in listed.output
    assert "0711 000 205" in listed.output
    removed = run("remove", "+254 711 000205")
    assert removed.output == "Wanjiru with 0711 000 205 is no longer on the staff.\n"
    assert rights("254711000205") == (False, False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "0711", "--role", "finance"), "Invalid value"),
        (("add", "0711000206", "--role", "owner"), "Invalid value"),
        (("add", "0711000206"), "Missing option"),
        (("remove", "0711000206"), "Nobody with this number is on the staff."),
    ],
)
def test_a_wrong_command_changes_nothing(arguments: tuple[str, ...], words: str) -> None:
    refused = run(*arguments)
    assert refused.exit_code == 2
    assert words in refused.output
    assert not User.objects.filter(is_staff=True).exists()
