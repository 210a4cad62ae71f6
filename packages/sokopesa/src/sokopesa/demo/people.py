"""Who works at the demo's market, and who acts for its shops."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sokopesa.people.models import Seller

STAFF = (
    ("254711000201", "finance", "Finance One"),
    ("254711000202", "finance", "Finance Two"),
    ("254711000203", "support", "Support"),
    ("254711000204", "mediator", "Mediator One"),
    ("254711000205", "mediator", "Mediator Two"),
)
"""Who may open the desk: number, role, name. Four eyes need two in finance, and an appeal a second mediator."""

FIRST_SELLER = 254711000300
"""The phone of the first shop by name; the others' phones follow it."""


def shops() -> list[tuple[str, Seller]]:
    """Every shop, with the phone of whoever acts for it."""
    from sokopesa.people.models import Seller

    return [(str(FIRST_SELLER + place), shop) for place, shop in enumerate(Seller.objects.order_by("name"))]


def secret_of(phone: str) -> str:
    """The secret of the authenticator app of whoever has this number, which anybody may know."""
    return base64.b32encode(hashlib.sha256(f"Sokopesa demo {phone}".encode()).digest()[:20]).decode()
