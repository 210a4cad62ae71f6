"""``sokopesa token``: tokens by which a buyer's own programs use the API. Exit status 2 means that the command was
wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.typed import msisdn

if TYPE_CHECKING:
    from sokopesa.people.models import User

token = typer.Typer(help="Tokens for programs that buy.", no_args_is_help=True, callback=set_up_django)

Phone = Annotated[str, typer.Argument(help="The buyer's phone number, written in any way.")]


@token.command()
def issue(
    phone: Phone, days: Annotated[int, typer.Option(min=1, max=366, help="How long it is good for.")] = 90
) -> None:
    """Print a new token of the buyer's. It is not kept, so nobody can look it up again."""
    from sokopesa.faces.api import tokens
    from sokopesa.kernel import clock

    typer.echo(tokens.issue(_buyer(phone), days=days, now=clock.now()))


@token.command()
def revoke(phone: Phone) -> None:
    """No token of the buyer's is good any longer, and every browser of theirs has to sign in again."""
    from sokopesa.faces.api import tokens

    tokens.revoke(_buyer(phone))
    typer.echo("Revoked. Servers that have just seen a token take it for five more seconds.")


def _buyer(phone: str) -> User:
    from sokopesa.people.models import User

    buyer = User.objects.filter(phone=msisdn(phone), is_active=True).first()
    if buyer is None:
        raise typer.BadParameter("Nobody with this number has an account.")
    return buyer
