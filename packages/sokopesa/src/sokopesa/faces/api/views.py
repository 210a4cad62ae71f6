"""The operations. Each reads what was asked, calls one verb, and shows what came of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from ninja import Header, Router, Status

from sokopesa.faces.api import shapes, showing
from sokopesa.faces.api.problems import UNPROCESSABLE, problem
from sokopesa.faces.storefront.account_forms import AddressForm
from sokopesa.kernel import clock
from sokopesa.kernel.phone import normalise
from sokopesa.orders import basket as baskets
from sokopesa.orders import checkout as steps
from sokopesa.orders.basket import Agreed
from sokopesa.orders.models import Basket, Checkout
from sokopesa.orders.quotes import quote
from sokopesa.orders.viewing import view, view_of
from sokopesa.payments import paying
from sokopesa.people import queries as people
from sokopesa.people.models import Address, User

router = Router()

REFUSED = dict.fromkeys((400, 401, 404, 409, 422, 429), shapes.Problem)


def buyer(request: HttpRequest) -> User:
    """Whose token it is."""
    user = request.auth  # type: ignore[attr-defined]
    assert isinstance(user, User)
    return user


@router.get("/basket", response={200: shapes.BasketOut, **REFUSED}, summary="Look into the basket")
def look(request: HttpRequest) -> dict[str, Any]:
    """In the parcels in which it would be sent, by today's prices, stock and calendar."""
    return showing.basket(view_of(buyer(request), now=clock.now()))


@router.post("/basket/items", response={201: shapes.ItemOut, **REFUSED}, summary="Put goods into the basket")
def add(request: HttpRequest, asked: shapes.AddItem) -> Status[dict[str, Any]]:
    """They join those of the same offer that are in it already."""
    item = baskets.put(
        offer_id=asked.offer, quantity=asked.quantity, method_id=asked.method, buyer=buyer(request), now=clock.now()
    )
    return Status(201, showing.item(item))


@router.put("/basket/items/{item}", response={200: shapes.BasketOut, **REFUSED}, summary="Have so many pieces of it")
def change(request: HttpRequest, item: int, asked: shapes.ChangeItem) -> dict[str, Any]:
    """``item`` is the line's number in the basket."""
    basket, now = _basket_with(request, item), clock.now()
    baskets.change_quantity(basket, item_id=item, quantity=asked.quantity, now=now)
    return showing.basket(view(basket, now=now))


@router.delete("/basket/items/{item}", response={200: shapes.BasketOut, **REFUSED}, summary="Take a line out")
def remove(request: HttpRequest, item: int) -> dict[str, Any]:
    """``item`` is the line's number in the basket."""
    basket, now = _basket_with(request, item), clock.now()
    baskets.remove(basket, item_id=item, now=now)
    return showing.basket(view(basket, now=now))


@router.post("/basket/agreement", response={200: shapes.BasketOut, **REFUSED}, summary="Agree to what has changed")
def agree(request: HttpRequest, asked: shapes.Agreement) -> dict[str, Any]:
    """Take changed lines at the price and in the number shown. What changed once more remains to be agreed to."""
    basket, now = get_object_or_404(Basket, buyer=buyer(request)), clock.now()
    baskets.agree(basket, {each.item: Agreed(each.unit_cents, each.quantity) for each in asked.items}, now=now)
    return showing.basket(view(basket, now=now))


@router.get("/addresses", response={200: list[shapes.AddressOut], **REFUSED}, summary="The buyer's addresses")
def addresses(request: HttpRequest) -> list[dict[str, Any]]:
    """The default one first, then the newest."""
    return [showing.address(known) for known in people.addresses_of(buyer(request))]


@router.post("/addresses", response={201: shapes.AddressOut, **REFUSED}, summary="Keep a new address")
def add_address(request: HttpRequest, asked: shapes.NewAddress) -> HttpResponse | Status[dict[str, Any]]:
    """Checked as on the address page."""
    typed = QueryDict(mutable=True)
    typed.update(asked.dict())
    form = AddressForm(typed, user=buyer(request))
    if not form.is_valid():
        faults = [{"field": field, "detail": str(said[0])} for field, said in form.errors.items()]
        return problem(UNPROCESSABLE, "invalid", faults[0]["detail"], faults[0]["field"], faults=faults)
    return Status(201, showing.address(form.save()))


@router.post("/checkouts", response={201: shapes.CheckoutOut, **REFUSED}, summary="Check out the basket")
def start(request: HttpRequest, asked: shapes.StartCheckout) -> Status[dict[str, Any]]:
    """Nothing is reserved yet, but exchange rates are held from now. Goods leave the basket when they are bought."""
    to, now = _address(request, asked.address), clock.now()
    shown = view_of(buyer(request), now=now)
    begun, quoted = steps.open_from(shown, seller_id=asked.seller, buyer=buyer(request), address=to, now=now)
    return Status(201, showing.checkout(begun, quoted))


@router.get("/checkouts/{checkout_id}", response={200: shapes.CheckoutOut, **REFUSED}, summary="Look at a checkout")
def show(request: HttpRequest, checkout_id: UUID) -> dict[str, Any]:
    """With what it comes to now. Of one that was placed, ``purchase`` is the number."""
    begun = get_object_or_404(Checkout.objects.select_related("purchase"), pk=checkout_id, buyer=buyer(request))
    shown = showing.checkout(begun, quote(begun, now=clock.now()))
    return {**shown, "purchase": begun.purchase.number if begun.purchase else None}


@router.put("/checkouts/{checkout_id}/address", response={204: None, **REFUSED}, summary="Send it elsewhere")
def send_to(request: HttpRequest, checkout_id: UUID, asked: shapes.ChooseAddress) -> Status[None]:
    """Whether every parcel goes there is made sure of at the end; each way says whether it goes to a P.O. Box."""
    with transaction.atomic():
        held = steps.hold(checkout_id=checkout_id, buyer=buyer(request))
        steps.deliver_to(checkout=held, address=_address(request, asked.address))
    return Status(204, None)


@router.put("/checkouts/{checkout_id}/shipping", response={200: shapes.CheckoutOut, **REFUSED}, summary="Choose ways")
def send_by(request: HttpRequest, checkout_id: UUID, asked: shapes.ChooseShipping) -> dict[str, Any]:
    """A way for each parcel; parcels that are not named keep theirs. What is no way of the parcel's changes nothing:
    the answer says which are chosen, and what it comes to."""
    ways = {way.profile: way.method for way in asked.ways}
    with transaction.atomic():
        held = steps.hold(checkout_id=checkout_id, buyer=buyer(request))
        quoted = steps.choose_held(checkout=held, methods=ways, now=clock.now())
    return showing.checkout(held, quoted)


@router.put("/checkouts/{checkout_id}/payment", response={204: None, **REFUSED}, summary="Pay by M-PESA")
def pay_by(request: HttpRequest, checkout_id: UUID, asked: shapes.ChoosePayment) -> Status[None]:
    """The line must be one of Safaricom's. It gets the prompt when the checkout is placed."""
    steps.pay_by_mpesa(checkout_id=checkout_id, buyer=buyer(request), msisdn=normalise(asked.msisdn))
    return Status(204, None)


@router.post("/checkouts/{checkout_id}/place", response={201: shapes.PurchaseOut, **REFUSED}, summary="Place and pay")
def place(
    request: HttpRequest,
    checkout_id: UUID,
    asked: shapes.Place,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=80)],
) -> Status[dict[str, Any]]:
    """Reserve the goods, place an order for each parcel, and send the request to pay to the phone: all or nothing.

    A request that is sent again gets the same answer and changes nothing more. An ``Idempotency-Key`` that has placed
    another checkout of the buyer's is refused with that purchase's ``number``.
    """
    placed = paying.place_and_ask(
        checkout_id=checkout_id,
        agreed_total_cents=asked.agreed_total_cents,
        buyer=buyer(request),
        key=idempotency_key,
        now=clock.now(),
    )
    return Status(201, showing.purchase(placed))


def _address(request: HttpRequest, address_id: int) -> Address:
    return people.address_of(buyer(request).pk, address_id)


def _basket_with(request: HttpRequest, item: int) -> Basket:
    return get_object_or_404(Basket, buyer=buyer(request), items=item)
