"""Which of our ledger's accounts is which of M-PESA's."""

from __future__ import annotations

from collections.abc import Iterable

from sokopesa.configuration import CONFIGURATION
from sokopesa.ledger import accounts
from sokopesa.reconciliation.models import Account, Beginning, StatementImport

COMPARED = tuple(account for account in Account.values if account != Account.PULLED)
"""The accounts whose statements carry balances. The list of pulled transactions names payments without them."""


def b2c_shortcode() -> str:
    """The shortcode that refunds and sellers are paid from."""
    return str(getattr(CONFIGURATION, "mpesa_b2c_shortcode", "614251"))


def code_of(shortcode: str, account: str) -> str:
    """The ledger's code for one of M-PESA's accounts of ours. Money moves in and out of the Utility Account; the others
    stand beside it."""
    if account == Account.WORKING:
        return accounts.working(shortcode)
    whole = accounts.b2c(shortcode) if shortcode == b2c_shortcode() else accounts.mpesa(shortcode)
    return whole if account == Account.UTILITY else f"{whole}:{account}"


def own_shortcodes() -> frozenset[str]:
    """The shortcodes that are ours."""
    return frozenset({CONFIGURATION.mpesa_shortcode, b2c_shortcode()})


def stated() -> dict[str, tuple[str, str]]:
    """Shortcode and account by the ledger's code, of every account of ours that a statement was taken in for."""
    known = StatementImport.objects.filter(account__in=COMPARED, shortcode__in=own_shortcodes())
    pairs: Iterable[tuple[str, str]] = known.values_list("shortcode", "account").distinct()
    return {code_of(shortcode, account): (shortcode, account) for shortcode, account in pairs}


def named_accounts() -> dict[str, str]:
    """What M-PESA calls the accounts that are compared, by the ledger's code. One query."""
    return {one.code: f"{one.shortcode}, {Account(one.account).label}" for one in Beginning.objects.order_by("code")}
