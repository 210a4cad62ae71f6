"""The operations. Each reads what was asked, calls one verb, and shows what came of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from ninja import Header, Router

from sokopesa.faces.api import shapes, showing
from sokopesa.faces.api.problems import UNPROCESSABLE, problem
from sokopesa.faces.storefront.account_forms import AddressForm
from sokopesa.kernel import clock
from sokopesa.kernel.phone import normalise
from sokopesa.orders import basket as baskets
from sokopesa.orders import checkout as steps
from sokopesa.orders.basket import Agreed
from sokopesa.orders.models import Basket, BasketItem, Checkout, Purchase
from sokopesa.orders.quotes import quote
from sokopesa.orders.viewing import view
from sokopesa.payments import prompts
from sokopesa.people import queries as people
from sokopesa.people.models import Address, User

router = Router()

REFUSED = {status: shapes.Problem for status in (400, 401, 404, 409, 422, 429)}


def buyer(request: HttpRequest) -> User:
    """Whose token it is."""
    user = request.auth  # type: ignore[attr-defined]
    assert isinstance(user, User)
    return user


@router.get("/basket", response={200: shapes.BasketOut, **REFUSED}, summary="Look into the basket")
def look(request: HttpRequest) -> dict[str, Any]:
    """In the parcels in which it would be sent, by today's prices, stock and calendar."""
    basket = Basket.objects.filter(buyer=buyer(request)).first()
    return showing.basket(view(basket, now=clock.now()) if basket else None)


@router.post("/basket/items", response={201: shapes.BasketOut, **REFUSED}, summary="Put goods into the basket")
def add(request: HttpRequest, asked: shapes.AddItem) -> tuple[int, dict[str, Any]]:
    """They join those of the same offer that are in it already."""
    now = clock.now()
    basket = baskets.add(
        offer_id=asked.offer, quantity=asked.quantity, method_id=asked.method, buyer=buyer(request), now=now
    )
    return 201, showing.basket(view(basket, now=now))


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
    """Take changed lines at the price and in the number that were shown. What changed once more stays to be agreed to."""
    basket = Basket.objects.filter(buyer=buyer(request)).first()
    if basket is None:
        raise Http404
    now = clock.now()
    baskets.agree(basket, {each.item: Agreed(each.unit_cents, each.quantity) for each in asked.items}, now=now)
    return showing.basket(view(basket, now=now))


@router.get("/addresses", response={200: list[shapes.AddressOut], **REFUSED}, summary="The buyer's addresses")
def addresses(request: HttpRequest) -> list[dict[str, Any]]:
    """The default one first, then the newest."""
    return [showing.address(known) for known in people.addresses_of(buyer(request))]


@router.post("/addresses", response={201: shapes.AddressOut, **REFUSED}, summary="Keep a new address")
def add_address(request: HttpRequest, asked: shapes.NewAddress) -> HttpResponse | tuple[int, dict[str, Any]]:
    """Checked as on the address page."""
    typed = QueryDict(mutable=True)
    typed.update(asked.dict())
    form = AddressForm(typed, user=buyer(request))
    if not form.is_valid():
        faults = [{"field": field, "detail": said[0]} for field, said in form.errors.items()]
        return problem(UNPROCESSABLE, "invalid", faults[0]["detail"], faults[0]["field"], faults=faults)
    return 201, showing.address(form.save())


@router.post("/checkouts", response={201: shapes.CheckoutOut, **REFUSED}, summary="Check out the basket")
def start(request: HttpRequest, asked: shapes.StartCheckout) -> tuple[int, dict[str, Any]]:
    """Nothing is reserved yet, but exchange rates are held from now. The goods leave the basket when they are placed."""
    address, now = _address(request, asked.address), clock.now()
    basket = Basket.objects.filter(buyer=buyer(request)).first()
    if basket is None:
        raise BasketEmpty
    begun, quoted = steps.open_from(
        basket, seller_id=asked.seller, buyer=buyer(request), address=address, reviewed=True, now=now
    )
    return 201, showing.checkout(begun, quoted)


@router.get("/checkouts/{checkout_id}", response={200: shapes.CheckoutOut, **REFUSED}, summary="Look at a checkout")
def show(request: HttpRequest, checkout_id: UUID) -> dict[str, Any]:
    """With what it comes to now. Of one that was placed, ``purchase`` is the number."""
    begun = Checkout.objects.select_related("purchase").filter(pk=checkout_id, buyer=buyer(request)).first()
    if begun is None:
        raise Http404
    shown = showing.checkout(begun, quote(begun, now=clock.now()))
    return {**shown, "purchase": begun.purchase.number if begun.purchase else None}


@router.put("/checkouts/{checkout_id}/address", response={200: shapes.AnsweredOut, **REFUSED}, summary="Send it there")
def send_to(request: HttpRequest, checkout_id: UUID, asked: shapes.ChooseAddress) -> dict[str, Any]:
    """Whether every parcel goes there is made sure of when it is placed; each way says whether it goes to a P.O. Box."""
    begun = _checkout(request, checkout_id)
    steps.deliver_to(checkout=begun, address=_address(request, asked.address))
    return showing.answered(begun)


@router.put("/checkouts/{checkout_id}/shipping", response={200: shapes.CheckoutOut, **REFUSED}, summary="Choose ways")
def send_by(request: HttpRequest, checkout_id: UUID, asked: shapes.ChooseShipping) -> dict[str, Any]:
    """A way for each parcel. What is no way to send that parcel is a problem."""
    begun = _checkout(request, checkout_id)
    quoted = steps.choose(checkout=begun, methods={way.profile: way.method for way in asked.ways}, now=clock.now())
    return showing.checkout(begun, quoted)


@router.put("/checkouts/{checkout_id}/payment", response={200: shapes.AnsweredOut, **REFUSED}, summary="Pay by M-PESA")
def pay_by(request: HttpRequest, checkout_id: UUID, asked: shapes.ChoosePayment) -> dict[str, Any]:
    """The line must be one of Safaricom's. It gets the prompt when the checkout is placed."""
    begun = _checkout(request, checkout_id)
    steps.pay_by_mpesa(checkout=begun, msisdn=normalise(asked.msisdn))
    return showing.answered(begun)


@router.post("/checkouts/{checkout_id}/place", response={201: shapes.PurchaseOut, **REFUSED}, summary="Place and pay")
def place(
    request: HttpRequest,
    checkout_id: UUID,
    asked: shapes.Place,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=80)],
) -> tuple[int, dict[str, Any]]:
    """Reserve the goods, place an order for each parcel, and send the request to pay to the phone.

    A request that is sent again gets the same answer and changes nothing more: a checkout is placed once, and so is an
    ``Idempotency-Key`` of one buyer's.
    """
