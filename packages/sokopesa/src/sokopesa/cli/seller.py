"""``sokopesa seller``: who acts for which shop. Exit status 2 means that the command was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sokopesa.cli.django import set_up_django
from sokopesa.cli.screen import console, table
from sokopesa.cli.typed import msisdn

if TYPE_CHECKING:
    from sokopesa.people.models import Seller

seller = typer.Typer(
    help="Who acts for a shop: ships its orders, answers its buyers.", no_args_is_help=True, callback=set_up_django
)

Phone = Annotated[str, typer.Argument(help="The person's phone number, written in any way.")]
Shop = Annotated[str, typer.Option(help="The shop's short name, as `sokopesa seller list` shows it.")]


@seller.command()
def add(phone: Phone, shop: Shop, name: Annotated[str, typer.Option(help="As colleagues know them.")] = "") -> None:
    """Let somebody act for a shop. They sign in with this number and the code sent to it."""
    from sokopesa.kernel.phone import local
    from sokopesa.people.sellers import add_member

    its = _shop(shop)
    user = add_member(seller=its, phone=msisdn(phone), name=name)
    typer.echo(f"{user.name or 'The person'} with {local(user.phone)} acts for {its.name}.")


@seller.command()
def remove(phone: Phone, shop: Shop) -> None:
    """Somebody acts for the shop no longer."""
    from sokopesa.people.errors import NotMember
    from sokopesa.people.sellers import remove_member

    its = _shop(shop)
    try:
        remove_member(seller=its, phone=msisdn(phone))
    except NotMember as refusal:
        raise typer.BadParameter(str(refusal)) from None
    typer.echo(f"They act for {its.name} no longer.")


@seller.command("list")
def list_sellers() -> None:
    """Every shop, and who acts for it."""
    from sokopesa.kernel.phone import local
    from sokopesa.people.models import Seller
    from sokopesa.people.sellers import members_of

    shops = list(Seller.objects.order_by("name"))
    members = members_of(shop.pk for shop in shops)
    screen = table("Shop", "Short name", "Members")
    for shop in shops:
        screen.add_row(shop.name, shop.slug, ", ".join(local(user.phone) for user in members.get(shop.pk, [])))
    console().print(screen)


def _shop(slug: str) -> Seller:
    from sokopesa.people.models import Seller

    shop = Seller.objects.filter(slug=slug).first()
    if shop is None:
        raise typer.BadParameter(f"No shop is called {slug}; `sokopesa seller list` shows them.")
    return shop
