"""A shop's paid orders, and one of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse

from sokopesa.aftersale.cancelling import refundable_cents
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.faces.seller_centre.access import seller_page
from sokopesa.faces.seller_centre.forms import RefuseCancelForm
from sokopesa.faces.standing import Standing, carry_out_due, standings
from sokopesa.kernel import clock
from sokopesa.orders import clocks
from sokopesa.orders.life import Action, Actor
from sokopesa.orders.models import Order, Purchase
from sokopesa.people.models import Seller
from sokopesa.shipping.models import Extension
from sokopesa.shipping.queries import asked_of, money_of, parcels_of

S = Order.State

SHELVES: dict[str, tuple[str, tuple[str, ...]]] = {
    "ship": ("To ship", (S.AWAITING_SHIPMENT, S.PARTLY_SHIPPED)),
    "sent": ("Sent", (S.SHIPPED, S.DELIVERED)),
    "over": ("Over", (S.COMPLETED, S.CANCELLED, S.REFUNDED)),
}
"""What the list can be narrowed to: name in the address → label and states."""


@seller_page
def index(request: HttpRequest, shop: Seller) -> HttpResponse:
    """The newest first; ``state`` is one of `SHELVES`. What was never paid is not shown."""
    wanted = request.GET.get("state", "")
    paid = Order.objects.filter(seller=shop, purchase__state=Purchase.State.PAID)
    if wanted in SHELVES:
        paid = paid.filter(state__in=SHELVES[wanted][1])
    before = read_id(request.GET.get("before"))
    if before is not None:
        paid = paid.filter(pk__lt=before)
    rows = paid.select_related("purchase").prefetch_related("lines").order_by("-pk")[:ONE_MORE]
    page = page_of(list(rows), lambda order: str(order.pk))
    running = clocks.of(page.rows)
    return render(
        request,
        "seller_centre/orders.html",
        {
            "shop": shop,
            "page": page,
            "entries": [(order, next(iter(running.get(order.pk, [])), None)) for order in page.rows],
            "shelves": [(name, label) for name, (label, _) in SHELVES.items()],
            "wanted": wanted if wanted in SHELVES else "",
            "later": before is not None,
        },
    )


@seller_page
def detail(request: HttpRequest, shop: Seller, number: str) -> HttpResponse:
    """What was bought, where it goes, whose turn it is, and what the seller may do."""
    return show(request, shop, as_it_stands(shop, number), RefuseCancelForm())


def as_it_stands(shop: Seller, number: str) -> Order:
    """The shop's order of that number, with what was due of it carried out."""
    order = own_order(shop, number)
    return own_order(shop, number) if carry_out_due([order], now=clock.now()) else order


def own_order(shop: Seller, number: str) -> Order:
    """The shop's paid order of that number, else a page that is not there."""
    paid = Order.objects.filter(seller=shop, purchase__state=Purchase.State.PAID)
    return get_object_or_404(paid.select_related("purchase").prefetch_related("lines"), number=number)


def show(
    request: HttpRequest, shop: Seller, order: Order, refusing: RefuseCancelForm, *, status: int = 200
) -> HttpResponse:
    """The order's page, with the form as it was sent."""
    (standing,) = standings([order], actor=Actor.SELLER, now=clock.now())
    asked = {each.kind: each for each in asked_of([order]).get(order.pk, [])}
    return render(
        request,
        "seller_centre/order.html",
        {
            "shop": shop,
            "order": order,
            "standing": standing,
            "actions": _links(shop, standing),
            "back_cents": _back_cents(standing),
            "refusing": refusing,
            "part": {"parcels": parcels_of([order]).get(order.pk, [])},
            "money": money_of([order], refund_ids={})[order.pk],
            "ship_time": asked.get(Extension.Kind.SHIP_TIME),
            "protection": asked.get(Extension.Kind.PROTECTION),
            "due": {each.kind: each.due_at for each in standing.deadlines},
            "events": order.events.exclude(kind="refund-owed"),  # those speak to the buyer
        },
        status=status,
    )


def _links(shop: Seller, standing: Standing) -> list[tuple[Action, str]]:
    """What the seller may do now, with the address of its page where it has one."""
    answers = {Action.APPROVE_CANCEL, Action.REFUSE_CANCEL, Action.ANSWER_PROTECTION}  # on this page itself
    found = []
    for action in Action:
        if action in standing.may - answers:
            try:
                found.append(
                    (action, reverse(f"seller_centre:{action.value}", args=[shop.slug, standing.order.number]))
                )
            except NoReverseMatch:
                continue
    return found


def _back_cents(standing: Standing) -> int:
    """What the buyer gets back if the request that waits is approved."""
    if standing.request is None or not standing.may_answer:
        return 0
    lines = list(standing.order.lines.all())
    open_pieces = {line.pk: line.open_quantity for line in lines}
    asked = {each.line_id: min(each.quantity, open_pieces[each.line_id]) for each in standing.request.lines.all()}
    return refundable_cents(standing.order, lines, asked)
