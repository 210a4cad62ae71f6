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

    _warn_of_development_key()
    typer.echo(tokens.issue(_buyer(phone), days=days, now=clock.now()))


@token.command()
def revoke(phone: Phone) -> None:
    """End all tokens of the buyer's, and sign them out everywhere: every browser of theirs has to sign in again."""
    from sokopesa.faces.api import tokens

    tokens.revoke(_buyer(phone))
    typer.echo(
        "Revoked, and the buyer is signed out everywhere. "
        "Servers that have just seen a token take it for five more seconds."
    )


def _warn_of_development_key() -> None:
    """A market refuses a token that was signed with another key than its own, and says only 401."""
    from sokopesa.configuration import CONFIGURATION, DEVELOPMENT_KEY

    if CONFIGURATION.secret_key.get_secret_value() == DEVELOPMENT_KEY:
        typer.echo(
            "SOKOPESA_SECRET_KEY is not set, so this token is signed with the development key: a market with a key of "
            "its own answers it with 401. Set the market's own key; `make demo` prints how for the demo.",
            err=True,
        )


def _buyer(phone: str) -> User:
    from sokopesa.people.models import User

    buyer = User.objects.filter(phone=msisdn(phone), is_active=True).first()
    if buyer is None:
        raise typer.BadParameter("Nobody with this number has an account.")
    return buyer
