"""Out of the box: the fixtures that Safaricom's public sandbox has, with money in them."""

import json
from importlib.resources import files
from typing import Any

from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger, organisations, subscribers
from mpesa_simulator.money.organisations import Account, Organisation
from mpesa_simulator.money.subscribers import Subscriber


def fixtures() -> dict[str, Any]:
    """The subscribers and organisations of the public sandbox."""
    known: dict[str, Any] = json.loads(files("mpesa_simulator.money").joinpath("sandbox.json").read_text("utf-8"))
    return known


def furnish(world: World) -> None:
    """Give new books the sandbox's subscribers and organisations; old books keep theirs."""
    if not world.books.is_new:
        return
    known = fixtures()
    with world.books.transaction():
        for person in known["subscribers"]:
            subscriber = Subscriber(
                person["msisdn"],
                person["name"],
                person["pin"],
                registered=True,
                phone="on",
                wrong_pins=0,
                autopilot=None,
            )
            subscribers.save(world, subscriber)
            ledger.set_balance(world, subscriber.wallet, subscriber.msisdn, person["balance"] * 100)
        floats: dict[Account, int] = known["organisation_balances"]
        for profile in known["organisations"]:
            organisation = Organisation.model_validate(profile)
            organisations.save(world, organisation)
            if not organisation.shortcode.startswith("600"):
                continue
            for account, balance in floats.items():
                ledger.set_balance(world, organisation.account(account), organisation.shortcode, balance * 100)
