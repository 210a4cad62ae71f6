"""``sokopesa staff``: who may open the operators' desk. Exit status 2 means that the command was wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import structlog
import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.cli.typed import msisdn

staff = typer.Typer(
    help="Who works at the market: support sees the desk, finance also releases unmatched money, mediators rule on "
    "disputes.",
    no_args_is_help=True,
    callback=set_up_django,
)


class RoleName(StrEnum):
    """What somebody may do."""

    SUPPORT = "support"
    FINANCE = "finance"
    MEDIATOR = "mediator"


Phone = Annotated[str, typer.Argument(help="The person's phone number, written in any way.")]


@staff.command()
def add(
    phone: Phone,
    role: Annotated[RoleName, typer.Option(help="support sees; finance also proposes and approves; mediators rule.")],
    name: Annotated[str, typer.Option(help="As colleagues know them; shown beside what they decide.")] = "",
) -> None:
    """Let somebody in, or change their role. They sign in with this number and the code sent to it."""
    from sokopesa.kernel.phone import local
    from sokopesa.people.staff import Role, add_staff

    user = add_staff(phone=msisdn(phone), role=Role(role.value), name=name)
    typer.echo(f"{user.name or 'The person'} with {local(user.phone)} is on the staff as {role.value}.")


@staff.command()
def remove(phone: Phone) -> None:
    """Somebody works here no longer: they see no desk from the next click on."""
    from sokopesa.kernel.phone import local
    from sokopesa.people.errors import NotStaff
    from sokopesa.people.staff import remove_staff

    try:
        user = remove_staff(phone=msisdn(phone))
    except NotStaff as refusal:
        raise typer.BadParameter(str(refusal)) from None
    typer.echo(f"{user.name or 'The person'} with {local(user.phone)} is no longer on the staff.")


@staff.command("reset-factor")
def reset_factor(phone: Phone) -> None:
    """Somebody, of a shop too, lost the phone with their authenticator app: they set up another before money moves.

    Make sure first that it is they who ask. Their number is told by SMS, and it stands in the log.
    """
    from django.db import transaction

    from sokopesa.faces.second_factor.telling import tell_removed
    from sokopesa.kernel.clock import now
    from sokopesa.kernel.phone import local
    from sokopesa.people import factors
    from sokopesa.people.models import User

    user = User.objects.filter(phone=msisdn(phone)).first()
    with transaction.atomic():
        if user is None or not factors.remove(user=user):
            raise typer.BadParameter("Nobody with this number has a second factor.")
        tell_removed(user, now())
    structlog.get_logger("sokopesa.cli.staff").warning("second_factor_reset", user=user.pk)
    typer.echo(
        f"{user.name or 'The person'} with {local(user.phone)} has no second factor any more. They set up another."
    )


@staff.command("list")
def list_staff() -> None:
    """Everybody on the staff, what they may do, and who has no second factor yet."""
    from sokopesa.kernel.phone import local
    from sokopesa.people.factors import enrolled
    from sokopesa.people.staff import staff as everybody

    screen, known = table("Name", "Phone", "Role", "Second factor"), enrolled()
    for user in everybody():
        roles = ", ".join(group.name for group in user.groups.all())
        screen.add_row(user.name, local(user.phone), roles, "set up" if user.pk in known else "none yet")
    console().print(screen)
