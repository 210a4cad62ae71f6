"""The network itself: organisations, books, faults, settings, callbacks and time."""

from datetime import datetime

from mpesa_simulator.control.operation import Asked, NotFoundError, NotPossibleError, Operation
from mpesa_simulator.control.shapes import Advance, FaultList, OrganisationChange
from mpesa_simulator.core.clock import VirtualClock, from_datetime, iso
from mpesa_simulator.core.json import shillings
from mpesa_simulator.core.settings import Settings
from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger, organisations
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.organisations import ACCOUNT_NAMES, Organisation


def put_organisation(asked: Asked[OrganisationChange]) -> dict[str, object]:
    """Add an organisation, or change what is given of one."""
    world, shortcode = asked.world, asked.path["shortcode"]
    known = organisations.find(world, shortcode)
    before = known.model_dump() if known else {"name": f"Organisation {shortcode}"}
    organisation = Organisation.model_validate({**before, **(asked.body.model_extra or {}), "shortcode": shortcode})
    organisations.save(world, organisation)
    for account, balance in asked.body.balances.items():
        ledger.set_balance(world, organisation.account(account), shortcode, int(balance * 100))
    return organisation_state(world, organisation)


def get_organisation(asked: Asked[None]) -> dict[str, object]:
    """An organisation with its balances."""
    organisation = organisations.find(asked.world, asked.path["shortcode"])
    if organisation is None:
        raise NotFoundError(f"There is no organisation with the shortcode {asked.path['shortcode']}.")
    return organisation_state(asked.world, organisation)


def list_organisations(asked: Asked[None]) -> list[dict[str, object]]:
    """All organisations with their balances."""
    return [organisation_state(asked.world, organisation) for organisation in organisations.everyone(asked.world)]


def list_transactions(asked: Asked[None]) -> list[dict[str, object]]:
    """The newest 1,000 transactions, oldest first, of everyone or of one party (`?party=` MSISDN or shortcode)."""
    return [transaction_state(item) for item in ledger.everything(asked.world, asked.query.get("party"))]


def trial_balance(asked: Asked[None]) -> dict[str, object]:
    """Every account, recomputed from its postings; the total is zero."""
    accounts = asked.world.books.trial_balance()
    return {
        "total": shillings(sum(accounts.values())),
        "balances_agree": all(asked.world.books.balance(name) == cents for name, cents in accounts.items()),
        "accounts": {name: shillings(cents) for name, cents in accounts.items()},
    }


def put_faults(asked: Asked[FaultList]) -> dict[str, object]:
    """Put these faults in force in place of all earlier ones."""
    asked.world.faults.replace(asked.body.faults)
    asked.world.hub.announce("network")
    return get_faults(asked)


def get_faults(asked: Asked[object]) -> dict[str, object]:
    """The faults in force, and how often each struck."""
    return {"faults": [state.model_dump() for state in asked.world.faults.state()]}


def delete_faults(asked: Asked[None]) -> dict[str, object]:
    """Repair everything."""
    asked.world.faults.replace([])
    asked.world.hub.announce("network")
    return get_faults(asked)


def patch_settings(asked: Asked[dict[str, object]]) -> dict[str, object]:
    """Change the settings that are given."""
    world = asked.world
    world.change_settings(Settings.model_validate({**world.settings.model_dump(), **asked.body}))
    return world.settings.model_dump()


def get_settings(asked: Asked[None]) -> dict[str, object]:
    """How the network behaves when nothing is broken."""
    return asked.world.settings.model_dump()


async def list_callbacks(asked: Asked[None]) -> list[dict[str, object]]:
    """The newest 500 callbacks, oldest first, of all or about one id (`?about=`): what was posted, and the answer.

    `?wait_seconds=` waits until none of them is on its way any more.
    """
    waiting = "SELECT 1 FROM callbacks WHERE state IN ('waiting', 'sending') AND (?1 IS NULL OR about = ?1)"
    about, books = asked.query.get("about"), asked.world.books
    if seconds := asked.seconds("wait_seconds"):
        await asked.world.hub.wait_until("network", lambda: books.one(waiting, about) is None, seconds)
    rows = books.all("SELECT * FROM callbacks WHERE ?1 IS NULL OR about = ?1 ORDER BY id DESC LIMIT 500", about)
    return [
        {
            **{name: row[name] for name in ("id", "kind", "about", "organisation", "phone", "url", "body")},
            **{name: row[name] for name in ("state", "fault", "status", "answer")},
            "due_at": iso(row["due_at"]),
            "sent_at": iso(row["sent_at"]) if row["sent_at"] else None,
        }
        for row in reversed(rows)
    ]


def get_clock(asked: Asked[None]) -> dict[str, object]:
    """The network's time in EAT."""
    return {"now": iso(asked.world.now), "virtual": asked.world.clock.is_virtual}


async def advance_clock(asked: Asked[Advance]) -> dict[str, object]:
    """Move virtual time; everything that was due on the way has happened when this answers."""
    world, clock = asked.world, asked.world.clock
    if not isinstance(clock, VirtualClock):
        raise NotPossibleError("This network runs in real time. Start it with --clock virtual to move its time.")
    if asked.body.to is not None:
        moment = from_datetime(datetime.fromisoformat(asked.body.to))
    else:
        moment = world.later(asked.body.seconds or 0)
    await world.agenda.advance(clock, moment)
    world.books.remember("now", str(clock.now()))
    return {"now": iso(world.now), "virtual": True}


def organisation_state(world: World, organisation: Organisation) -> dict[str, object]:
    """An organisation in the control API's form."""
    balances = {account: shillings(world.books.balance(organisation.account(account))) for account in ACCOUNT_NAMES}
    return {**organisation.model_dump(), "balances": balances}


def transaction_state(transaction: Transaction) -> dict[str, object]:
    """A transaction in the control API's form. For a payment by a customer, `msisdn` and `shortcode` name both."""
    parties = (transaction.payer, transaction.payee)
    return {
        "receipt": transaction.receipt,
        "kind": transaction.kind,
        "channel": transaction.channel,
        "amount": shillings(transaction.amount),
        "charge": shillings(transaction.payer_charge),
        "business_charge": shillings(transaction.payee_charge),
        "payer": transaction.payer,
        "payee": transaction.payee,
        "msisdn": next((party for party in parties if len(party) == 12), None),
        "shortcode": next((party for party in parties if party.isdigit() and len(party) <= 7), None),
        "account_reference": transaction.reference,
        "initiated_at": iso(transaction.initiated_at),
        "completed_at": iso(transaction.completed_at),
        "reverses": transaction.reverses,
    }


OPERATIONS = [
    Operation("GET", "/organisations", list_organisations),
    Operation("PUT", "/organisations/{shortcode}", put_organisation, OrganisationChange),
    Operation("GET", "/organisations/{shortcode}", get_organisation),
    Operation("GET", "/transactions", list_transactions),
    Operation("GET", "/trial-balance", trial_balance),
    Operation("GET", "/callbacks", list_callbacks),
    Operation("GET", "/faults", get_faults),
    Operation("PUT", "/faults", put_faults, FaultList),
    Operation("DELETE", "/faults", delete_faults),
    Operation("GET", "/settings", get_settings),
    Operation("PATCH", "/settings", patch_settings, dict[str, object]),
    Operation("GET", "/clock", get_clock),
    Operation("POST", "/clock/advance", advance_clock, Advance),
]
