"""Taking in what couriers say of parcels, from whichever adapter it comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.db import transaction

from sokopesa.orders.changing import locked
from sokopesa.shipping.arriving import deliver_if_all_came
from sokopesa.shipping.carriers import LONGEST, SHORTEST, name_of, number_of
from sokopesa.shipping.following import follow, hold, is_about
from sokopesa.shipping.models import Shipment, TrackingEvent

KINDS = tuple(TrackingEvent.Kind.values)
LONGEST_PLACE, LONGEST_TEXT = 80, 200
CLOCKS_DIFFER = timedelta(minutes=15)
"""A courier's clock may be so much ahead of ours."""


@dataclass(frozen=True, slots=True)
class Scan:
    """An event as a courier tells it; make it with `read`, which tidies and checks. ``at`` is aware."""

    carrier: str
    tracking_number: str
    at: datetime
    kind: str
    place: str = ""
    text: str = ""

    @property
    def key(self) -> str:
        """The same for the same word, whichever way it comes. The text does not count: couriers reword."""
        at = self.at.astimezone(UTC).replace(microsecond=0).isoformat()
        said = "\0".join((self.carrier.casefold(), self.tracking_number, at, self.kind, self.place.casefold()))
        return sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """How many events were new, how many known already, and the numbers that no registered parcel has."""

    new: int
    known: int
    unknown: tuple[str, ...]


def read(
    *, carrier: str, tracking_number: str, at: str, kind: str, place: str = "", text: str = "", now: datetime
) -> tuple[Scan | None, list[str]]:
    """The event that these words tell of, or what is wrong with them, a sentence for each."""
    number, moment = number_of(tracking_number), _moment(at)
    kind = kind.strip().lower().replace(" ", "_").replace("-", "_")
    faults = []
    if not (SHORTEST <= len(number) <= LONGEST and number.isascii() and number.isalnum()):
        faults.append(f"the tracking number “{tracking_number.strip()[:50]}” should be letters and digits.")
    if len(name_of(carrier)) > LONGEST:
        faults.append(f"the carrier's name should have at most {LONGEST} characters.")
    if moment is None:
        faults.append(f"the time “{at.strip()[:50]}” should be written as 2026-12-03T14:05:00+03:00.")
    elif moment > now + CLOCKS_DIFFER:
        faults.append(f"the time {at.strip()[:50]} has not come yet.")
    if kind not in KINDS:
        faults.append(f"the kind “{kind[:50]}” is none of {', '.join(KINDS)}.")
    if faults or moment is None:
        return None, faults
    place, text = " ".join(place.split())[:LONGEST_PLACE], " ".join(text.split())[:LONGEST_TEXT]
    return Scan(name_of(carrier), number, moment, kind, place, text), []


@transaction.atomic
def take_in(scans: Iterable[Scan], *, now: datetime) -> TakenIn:
    """Keep every event that is new, and let parcels and orders follow; all or nothing. The same events again change
    nothing, in whatever order they come. Those about parcels that nobody has registered are kept aside until somebody
    does."""
    by_key = {scan.key: scan for scan in scans}
    hold(scan.tracking_number for scan in by_key.values())
    known = set(TrackingEvent.objects.filter(key__in=by_key).values_list("key", flat=True))
    fresh = [scan for key, scan in sorted(by_key.items()) if key not in known]
    parcels = _parcels_of(fresh)
    stored = TrackingEvent.objects.bulk_create(
        [
            TrackingEvent(
                shipment=parcels.get(scan.key),
                carrier=scan.carrier,
                tracking_number=scan.tracking_number,
                at=scan.at,
                learned_at=now,
                kind=scan.kind,
                place=scan.place,
                text=scan.text,
                key=scan.key,
            )
            for scan in fresh
        ]
    )
    _let_orders_follow(stored, now)
    unknown = sorted({event.tracking_number for event in stored if event.shipment_id is None})
    return TakenIn(new=len(fresh), known=len(known), unknown=tuple(unknown))


def _parcels_of(scans: Sequence[Scan]) -> dict[str, Shipment]:
    """By an event's key; none where no parcel, or more than one, may be meant."""
    by_number: dict[str, list[Shipment]] = {}
    for shipment in Shipment.objects.filter(tracking_number__in={scan.tracking_number for scan in scans}):
        by_number.setdefault(shipment.tracking_number, []).append(shipment)
    found = {}
    for scan in scans:
        meant = [parcel for parcel in by_number.get(scan.tracking_number, []) if is_about(scan.carrier, parcel)]
        if len(meant) == 1:
            found[scan.key] = meant[0]
    return found


def _let_orders_follow(stored: Sequence[TrackingEvent], now: datetime) -> None:
    """Orders are locked in the order of their ids, so that two who take in events queue and never deadlock."""
    by_parcel: dict[int, list[TrackingEvent]] = {}
    order_ids: dict[int, set[int]] = {}
    for event in stored:
        if event.shipment is not None:
            by_parcel.setdefault(event.shipment.pk, []).append(event)
            order_ids.setdefault(event.shipment.order_id, set()).add(event.shipment.pk)
    for order_id in sorted(order_ids):
        order = locked(order_id)
        for shipment in Shipment.objects.filter(pk__in=order_ids[order_id]).order_by("id"):
            follow(order, shipment, by_parcel[shipment.pk], now=now)
        deliver_if_all_came(order, now=now)


def _moment(text: str) -> datetime | None:
    """The time, if it is one with its offset."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else None
