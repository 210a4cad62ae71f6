"""The steps from *Buy Now*, or from the basket, to a placed purchase. Each answers one question, again and again until
it is placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sokopesa.catalog import stock
from sokopesa.catalog.models import Currency, Offer
from sokopesa.kernel.database import fetch
from sokopesa.kernel.phone import require_safaricom
from sokopesa.kernel.rows import Rows
from sokopesa.orders.errors import (
    AlreadyPlaced,
    BasketChanged,
    BasketEmpty,
    NotForSale,
    NotReady,
    OwnGoods,
    PriceChanged,
    QuantityRefused,
    RateChanged,
)
from sokopesa.orders.freezing import freeze
from sokopesa.orders.holding import held_rates, hold_rates
from sokopesa.orders.models import (
    MOST_PIECES,
    Basket,
    Checkout,
    CheckoutLine,
    HeldRate,
    Purchase,
)
from sokopesa.orders.quotes import Quote, Wanted, lines_of, quote_by
from sokopesa.orders.viewing import BasketView, view
from sokopesa.people.models import Address, User
from sokopesa.people.queries import address_of
from sokopesa.people.sellers import acts_for

_CHECKOUTS = Rows(Checkout, "checkout")


@transaction.atomic
def start(*, offer_id: int, quantity: int, method_id: int | None = None, buyer: User | None, now: datetime) -> Checkout:
    """*Buy Now*: begin a checkout of one offer, sent by that method or by the default one. Nothing is reserved yet,
    but the exchange rate is held from now.

    Raises:
        NotForSale: the offer is unknown or withdrawn.
        OwnGoods: the buyer is of the shop.
        QuantityRefused: fewer than 1 or more than `MOST_PIECES`.
        sokopesa.catalog.errors.SoldOut: there are not that many.
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for the offer's currency.
    """
    offer = Offer.objects.with_terms().select_related("product").filter(id=offer_id, is_live=True).first()
    if offer is None or offer.default_method is None:
        raise NotForSale
    if buyer and acts_for(buyer, offer.seller_id):
        raise OwnGoods(offer)
    if not 1 <= quantity <= MOST_PIECES:
        raise QuantityRefused(MOST_PIECES)
    stock.require(offer, quantity)
    checkout = Checkout(buyer=buyer, from_basket=False, created_at=now)
    _begin(checkout, [Wanted(offer, quantity, method_id)], now=now)
    return checkout


@transaction.atomic
def start_from(basket: Basket, *, seller_id: int | None = None, buyer: User | None = None, now: datetime) -> Checkout:
    """*Checkout* from the basket: all that is in it, or what one seller has of it. It leaves the basket when it is
    bought.

    Raises:
        BasketEmpty: there is nothing that can be bought.
        BasketChanged: prices, stock or offers changed, and the buyer has not agreed yet.
        sokopesa.catalog.errors.RateMissing: there is no usable exchange rate for an offer's currency.
    """
    return open_from(view(basket, now=now), seller_id=seller_id, buyer=buyer, now=now)[0]


def open_from(
    shown: BasketView,
    *,
    seller_id: int | None = None,
    buyer: User | None,
    address: Address | None = None,
    now: datetime,
) -> tuple[Checkout, Quote]:
    """The same of a basket as it was just shown, with what it comes to. With ``address`` it is reviewed and addressed
    already; the address must be the buyer's own. Raises as `start_from`."""
    if any(line.is_changed and seller_id in (None, line.offer.seller_id) for line in shown.lines):
        raise BasketChanged
    parcels = [parcel for parcel in shown.parcels if seller_id in (None, parcel.quoted.seller.pk)]
    if not parcels:
        raise BasketEmpty
    wanted = [Wanted(line.offer, line.quantity, parcel.quoted.method.pk) for parcel in parcels for line in parcel.lines]
    checkout = Checkout(buyer=buyer, from_basket=True, reviewed=address is not None, address=address, created_at=now)
    return checkout, quote_by(_begin(checkout, wanted, now=now), wanted, now=now)


_BEGIN = """
WITH begun AS (
    INSERT INTO orders_checkout
        (id, buyer_id, from_basket, reviewed, address_id, payment_method, msisdn, created_at)
    VALUES (%s, %s, %s, %s, %s, '', '', %s)
), lines AS (
    INSERT INTO orders_checkoutline (checkout_id, offer_id, quantity)
    SELECT %s, * FROM unnest(%b::bigint[], %b::smallint[])
)
INSERT INTO orders_checkoutparcel (checkout_id, profile_id, method_id)
SELECT %s, * FROM unnest(%b::bigint[], %b::bigint[])
"""


@transaction.atomic
def _begin(checkout: Checkout, wanted: Sequence[Wanted], *, now: datetime) -> dict[str, HeldRate]:
    """Store a new checkout, what it is about and how that is sent, in one statement; the rates that it holds."""
    methods = {each.offer.profile_id: each.offer.method(each.method_id) for each in wanted if each.method_id}
    chosen = {profile_id: method.pk for profile_id, method in methods.items() if method is not None}
    itself = (checkout.buyer_id, checkout.from_basket, checkout.reviewed, checkout.address_id, checkout.created_at)
    lines = [each.offer.pk for each in wanted], [each.quantity for each in wanted]
    fetch(_BEGIN, [checkout.pk, *itself, checkout.pk, *lines, checkout.pk, [*chosen], [*chosen.values()]], often=True)
    return hold_rates(checkout, (each.offer.currency for each in wanted), now=now)


def claim(*, checkout: Checkout, buyer: User) -> None:
    """A checkout begun before signing in becomes the buyer's."""
    _answer(checkout, buyer=buyer)


def review(*, checkout: Checkout) -> None:
    """*Continue*: the buyer has seen what, from whom and by when."""
    _answer(checkout, reviewed=True)


@transaction.atomic
def choose(*, checkout: Checkout, methods: Mapping[int, int], now: datetime) -> Quote:
    """Send parcels (profile id → method id) that way. What is no way to send that parcel changes nothing.

    Raises:
        AlreadyPlaced: what was placed cannot be changed.
    """
    _keep_open(checkout)
    return choose_held(checkout=checkout, methods=methods, now=now)


def hold(*, checkout_id: UUID, buyer: User) -> Checkout:
    """The buyer's checkout, which nobody else changes before the caller's transaction ends.

    Raises:
        AlreadyPlaced: what was placed cannot be changed.
        Checkout.DoesNotExist: there is none, or it is somebody else's.
    """
    checkout = held(checkout_id=checkout_id, buyer=buyer)
    if checkout.purchase_id:
        raise AlreadyPlaced
    return checkout


def held(*, checkout_id: UUID, buyer: User) -> Checkout:
    """As `hold`, though it may be placed."""
    # Locked alone: rows joined to it would be read as they stood before we waited for the lock.
    return _CHECKOUTS.get("id = %s AND buyer_id = %s FOR UPDATE", [checkout_id, buyer.pk])


_CHOOSE = """
INSERT INTO orders_checkoutparcel (checkout_id, profile_id, method_id)
SELECT %s, * FROM unnest(%b::bigint[], %b::bigint[])
ON CONFLICT (checkout_id, profile_id) DO UPDATE SET method_id = EXCLUDED.method_id
"""


def choose_held(*, checkout: Checkout, methods: Mapping[int, int], now: datetime) -> Quote:
    """As `choose`, of a checkout that the caller holds."""
    lines = lines_of(checkout)
    profiles = {line.offer.profile_id: line.offer.profile for line in lines}
    ways = {(profile_id, way.pk) for profile_id, profile in profiles.items() for way in profile.live_methods}
    chosen = {profile_id: method_id for profile_id, method_id in methods.items() if (profile_id, method_id) in ways}
    if chosen:
        fetch(_CHOOSE, [checkout.pk, [*chosen], [*chosen.values()]], often=True)
    sent = [Wanted(line.offer, line.quantity, chosen.get(line.offer.profile_id, line.method_id)) for line in lines]
    return quote_by(hold_rates(checkout, (line.offer.currency for line in sent), now=now), sent, now=now)


@transaction.atomic
def leave_out(*, checkout: Checkout, profile_id: int) -> bool:
    """Do not buy what is sent under this profile. What came from the basket stays there. False if nothing is left then
    and the checkout is over; it is kept as it was.

    Raises:
        AlreadyPlaced: what was placed cannot be changed.
    """
    _keep_open(checkout)
    if not CheckoutLine.objects.filter(checkout=checkout).exclude(offer__profile_id=profile_id).exists():
        return False
    CheckoutLine.objects.filter(checkout=checkout, offer__profile_id=profile_id).delete()
    return True


def deliver_to(*, checkout: Checkout, address: Address) -> None:
    """Send it there. The address must be the buyer's own. Whether every parcel goes there, `Quote.require_reach` tells
    before, and `place` makes sure of.

    Raises:
        NotReady: nobody has signed in yet, or the address is somebody else's.
    """
    if checkout.buyer_id is None or address.user_id != checkout.buyer_id:
        raise NotReady(Checkout.Step.ADDRESS)
    _answer(checkout, address=address)


def pay_with_mpesa(*, checkout: Checkout) -> None:
    """*Select payment method*: M-PESA."""
    _answer(checkout, payment_method=Checkout.Method.MPESA)


_PAY_BY = """
UPDATE orders_checkout SET payment_method = %s, msisdn = %s WHERE id = %s AND buyer_id = %s AND purchase_id IS NULL
RETURNING id
"""


def pay_by_mpesa(*, checkout_id: UUID, buyer: User, msisdn: str) -> None:
    """M-PESA, and the line that gets the prompt, in one answer.

    Raises:
        AlreadyPlaced: what was placed cannot be changed.
        Checkout.DoesNotExist: there is none, or it is somebody else's.
        sokopesa.kernel.phone.NotSafaricom: M-PESA lives on Safaricom lines only.
    """
    require_safaricom(msisdn)
    if not fetch(_PAY_BY, [Checkout.Method.MPESA.value, msisdn, checkout_id, buyer.pk], often=True):
        Checkout.objects.get(pk=checkout_id, buyer=buyer)
        raise AlreadyPlaced


def charge_number(*, checkout: Checkout, msisdn: str) -> None:
    """The line that gets the prompt; it need not be the buyer's own.

    Raises:
        sokopesa.kernel.phone.NotSafaricom: M-PESA lives on Safaricom lines only.
    """
    require_safaricom(msisdn)
    _answer(checkout, msisdn=msisdn)


def _answer(checkout: Checkout, **answers: object) -> None:
    """Store answers unless a purchase was placed meanwhile, perhaps in another tab."""
    if not Checkout.objects.filter(pk=checkout.pk, purchase=None).update(**answers):
        raise AlreadyPlaced
    for name, value in answers.items():
        setattr(checkout, name, value)


def _keep_open(checkout: Checkout) -> None:
    """Nothing is placed before this transaction ends."""
    if not Checkout.objects.select_for_update().filter(pk=checkout.pk, purchase=None).exists():
        raise AlreadyPlaced


@transaction.atomic
def place(*, checkout_id: UUID, agreed_total_cents: int, now: datetime) -> Purchase:
    """Freeze the quote into a purchase with an order for each parcel, and reserve the goods, all of them or none. A
    second call returns the same purchase.

    Raises:
        NotReady: a step is missing.
        NotForSale: an offer was withdrawn.
        OwnGoods: the buyer is of the shop.
        NotToBox: a parcel does not go to the address.
        PriceChanged: the total is not what the buyer agreed to; `RateChanged` where that is the exchange rate's doing.
        sokopesa.catalog.errors.RateMissing: the rate ran out, and there is no usable one.
        sokopesa.catalog.errors.SoldOut: somebody else was quicker.
    """
    # Locked alone: rows joined to it would be read as they stood before we waited for the lock.
    checkout = Checkout.objects.select_for_update().get(pk=checkout_id)
    return checkout.purchase or place_held(checkout=checkout, agreed_total_cents=agreed_total_cents, now=now)


def place_held(*, checkout: Checkout, agreed_total_cents: int, key: str = "", now: datetime) -> Purchase:
    """As `place`, of a checkout that the caller holds and that is not placed yet. ``key`` is a program's mark of its
    wish.

    Raises:
        django.db.IntegrityError: the key has placed another checkout of the buyer's.

    and as `place`.
    """
    if checkout.step != Checkout.Step.PAY or checkout.buyer_id is None or checkout.address_id is None:
        raise NotReady(checkout.step)
    checkout.address = address_of(checkout.buyer_id, checkout.address_id)
    lines = lines_of(checkout)
    currencies = {line.offer.currency for line in lines}
    seen = held_rates(checkout) if currencies - {Currency.KES} else {}
    quoted = quote_by(hold_rates(checkout, currencies, now=now), lines, now=now)
    quoted.require_reach(checkout.address)
    if quoted.total_cents != agreed_total_cents:
        raise _changed(lines, seen, quoted, agreed_total_cents, now)
    stock.reserve_all({line.offer.pk: line.quantity for line in quoted.lines})
    return freeze(checkout, quoted, key=key, now=now)


def _changed(
    lines: Sequence[Wanted], seen: Mapping[str, HeldRate], quoted: Quote, agreed_cents: int, now: datetime
) -> PriceChanged:
    """Whose doing it is: by the rates that the buyer saw, the total would be what was agreed to, or not even then."""
    renewed = [rate for code, rate in quoted.held.items() if code in seen and rate is not seen[code]]
    changed = next((rate for rate in renewed if rate.kes_per_unit != seen[rate.currency].kes_per_unit), None)
    if changed and quote_by(seen, lines, now=now).total_cents == agreed_cents:
        return RateChanged(agreed_cents=agreed_cents, total_cents=quoted.total_cents, rate=changed)
    return PriceChanged(agreed_cents=agreed_cents, total_cents=quoted.total_cents)
