"""The network itself: organisations, books, faults, settings, callbacks and time."""

from datetime import datetime

from mpesa_simulator.control.operation import Asked, File, NotFoundError, NotPossibleError, Operation
from mpesa_simulator.control.shapes import Advance, FaultList, OrganisationChange, Quiet
from mpesa_simulator.core import credentials
from mpesa_simulator.core.clock import VirtualClock, from_datetime, iso, start_of_day
from mpesa_simulator.core.json import shillings
from mpesa_simulator.core.settings import Settings
from mpesa_simulator.core.world import World
from mpesa_simulator.money import ledger, organisations, statements
from mpesa_simulator.money.ledger import Transaction
from mpesa_simulator.money.organisations import ACCOUNT_NAMES, Account, Organisation
from mpesa_simulator.wire import results


def put_organisation(asked: Asked[OrganisationChange]) -> dict[str, object]:
    """Add an organisation, or change what is given of one."""
    world, shortcode = asked.world, asked.path["shortcode"]
    known = organisations.find(world, shortcode)
    before = known.model_dump() if known else {"name": f"Organisation {shortcode}"}
    organisation = Organisation.model_validate({**before, **(asked.body.model_extra or {}), "shortcode": shortcode})
    organisations.save(world, organisation)
    for account, balance in asked.body.balances.items():
        ledger.set_balance(world, organisation.account(account), shortcode, int(balance * 100))
    if asked.body.initiator_locked is not None:
        results.unlock_initiator(world, shortcode, locked=asked.body.initiator_locked)
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


def statement_csv(asked: Asked[None]) -> File:
    """An organisation's statement as CSV. `?account=` utility (default), working, charges, merchant, …; `?from=` and
    `?to=` are days (ISO, EAT); by default the last 31 days."""
    return File(statements.as_csv(asked.world, *_statement(asked)).encode(), "text/csv; charset=utf-8")


def statement_xlsx(asked: Asked[None]) -> File:
    """The same as an Excel file."""
    return File(statements.as_xlsx(asked.world, *_statement(asked)), _XLSX)


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DAY = 86_400_000


def _statement(asked: Asked[None]) -> tuple[Organisation, Account, int, int]:
    organisation = organisations.find(asked.world, asked.path["shortcode"])
    if organisation is None:
        raise NotFoundError(f"There is no organisation with the shortcode {asked.path['shortcode']}.")
    name = asked.query.get("account", organisation.takes_money_into)
    account = next((each for each in ACCOUNT_NAMES if each == name), None)
    if account is None:
        raise NotPossibleError(f"There is no account {name}. Choose one of {', '.join(ACCOUNT_NAMES)}.", 422)
    today = start_of_day(asked.world.now)
    start, end = asked.day("from", today - 30 * _DAY), asked.day("to", today) + _DAY - 1
    return organisation, account, start, end


def certificate(asked: Asked[None]) -> File:
    """The certificate to make security credentials with, PEM."""
    return File(credentials.certificate(asked.world.books), "application/x-pem-file")


def trial_balance(asked: Asked[None]) -> dict[str, object]:
    """Every account, recomputed from its postings; the total is zero."""
    accounts = asked.world.books.trial_balance()
    return {
        "total": shillings(sum(accounts.values())),
        "balances_agree": asked.world.books.balances() == accounts,
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


async def get_request(asked: Asked[None]) -> dict[str, object]:
    """An asynchronous request (`?conversation_id=`). `?wait_seconds=` waits until it has been carried out."""
    world, conversation_id = asked.world, asked.query.get("conversation_id", "")
    sql = "SELECT * FROM requests WHERE conversation_id = ?"

    def is_done() -> bool:
        row = world.books.one(sql, conversation_id)
        return row is None or row["done_at"] is not None

    if seconds := asked.seconds("wait_seconds"):
        await world.hub.wait_until("network", is_done, seconds)
    row = world.books.one(sql, conversation_id)
    if row is None:
        raise NotFoundError(f"There is no request {conversation_id}.")
    return {
        **{name: row[name] for name in ("conversation_id", "originator_conversation_id", "operation", "shortcode")},
        **{name: row[name] for name in ("phone", "result_code", "receipt")},
        "asked_at": iso(row["asked_at"]),
        "done_at": iso(row["done_at"]) if row["done_at"] else None,
    }


async def be_quiet(asked: Asked[Quiet]) -> dict[str, object]:
    """Answer once nothing is due any more and no callback is on its way; open prompts may go on waiting."""
    world = asked.world
    busy = "SELECT 1 FROM agenda WHERE due_at <= ? OR verb IN ('deliver', 'carry_out', 'prompt_rise', 'walk_in')"
    sending = "SELECT 1 FROM callbacks WHERE state = 'sending'"

    def is_quiet() -> bool:
        at_rest = not world.agenda.is_under_way
        return at_rest and world.books.one(busy, world.now) is None and world.books.one(sending) is None

    return {"quiet": await world.hub.wait_until("network", is_quiet, asked.body.wait_seconds)}


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
    Operation("GET", "/statements/{shortcode}.csv", statement_csv),
    Operation("GET", "/statements/{shortcode}.xlsx", statement_xlsx),
    Operation("GET", "/certificate", certificate),
    Operation("GET", "/trial-balance", trial_balance),
    Operation("GET", "/callbacks", list_callbacks),
    Operation("GET", "/faults", get_faults),
    Operation("PUT", "/faults", put_faults, FaultList),
    Operation("DELETE", "/faults", delete_faults),
    Operation("GET", "/settings", get_settings),
    Operation("PATCH", "/settings", patch_settings, dict[str, object]),
    Operation("GET", "/requests", get_request),
    Operation("POST", "/quiet", be_quiet, Quiet),
    Operation("GET", "/clock", get_clock),
    Operation("POST", "/clock/advance", advance_clock, Advance),
]
