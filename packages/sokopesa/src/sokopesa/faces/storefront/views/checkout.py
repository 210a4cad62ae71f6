"""From *Buy Now* to *Pay*: review, address, payment method, number, pay. Works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sokopesa.catalog.errors import RateMissing, SoldOut
from sokopesa.catalog.models import Offer
from sokopesa.faces.storefront.account_forms import AddressForm
from sokopesa.faces.storefront.baskets import adopt_guest_basket
from sokopesa.faces.storefront.checkout_forms import MethodForm, NumberForm
from sokopesa.faces.storefront.typed import two_numbers, whole_number
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders import checkout as steps
from sokopesa.orders.errors import AlreadyPlaced, NotForSale, NotReady, NotToBox, OwnGoods
from sokopesa.orders.models import Checkout
from sokopesa.orders.quotes import QuotedParcel, quote
from sokopesa.payments import prompts
from sokopesa.payments.charges import paybill_charge
from sokopesa.people import queries as people
from sokopesa.people.models import Address

STEPS = list(Checkout.Step)
STAGES = (
    ("Review", (Checkout.Step.REVIEW,)),
    ("Address", (Checkout.Step.ADDRESS,)),
    ("Payment", (Checkout.Step.METHOD, Checkout.Step.NUMBER)),
    ("Pay", (Checkout.Step.PAY,)),
)
"""What the buyer sees as stages, and the steps that each is made of."""

BEGUN_HERE = "checkouts"
"""Session key: checkouts begun in this browser, which nobody has claimed by signing in."""
MOST_BEGUN = 20

Page = Callable[[HttpRequest, Checkout], HttpResponse]


@require_POST
def buy(request: HttpRequest) -> HttpResponse:
    """*Buy Now* on the product page."""
    offer_id, quantity, method = (whole_number(request.POST.get(name)) for name in ("offer", "quantity", "method"))
    offer = get_object_or_404(Offer.objects.select_related("product"), pk=offer_id or 0)
    try:
        checkout = steps.start(
            offer_id=offer.pk,
            quantity=quantity or 0,
            method_id=method,
            buyer=request.user if request.user.is_authenticated else None,
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('storefront:product', args=[offer.product.slug])}?offer={offer.pk}")
    remember(request, checkout)
    return redirect("storefront:review", checkout.pk)


def remember(request: HttpRequest, checkout: Checkout) -> None:
    """This browser may go on with the checkout before anybody has signed in."""
    if checkout.buyer_id is None:
        begun = [*request.session.get(BEGUN_HERE, []), str(checkout.pk)]
        request.session[BEGUN_HERE] = begun[-MOST_BEGUN:]


def page(step: Checkout.Step) -> Callable[[Page], Callable[[HttpRequest, UUID], HttpResponse]]:
    """A step's page, shown only to its buyer and only when every step before it is answered."""

    def decorate(view: Page) -> Callable[[HttpRequest, UUID], HttpResponse]:
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def answer(request: HttpRequest, checkout_id: UUID) -> HttpResponse:
            checkout = _own_checkout(request, checkout_id)
            if checkout is None or (step != Checkout.Step.REVIEW and not request.user.is_authenticated):
                return redirect_to_login(request.get_full_path())
            if checkout.step == Checkout.Step.PLACED or STEPS.index(step) > STEPS.index(checkout.step):
                return _go_on(checkout)
            try:
                return view(request, checkout)
            except (NotReady, AlreadyPlaced):
                checkout.refresh_from_db()
                return _go_on(checkout)
            except NotToBox as refusal:
                messages.error(request, str(refusal))
                return redirect("storefront:address", checkout.pk)
            except Refusal as refusal:
                messages.error(request, str(refusal))
                return _back(checkout)

        return answer

    return decorate


@page(Checkout.Step.REVIEW)
def review(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """What is bought, from whom, sent how, by when and for how much. *Continue* needs no account yet."""
    if chosen := two_numbers(request.POST.get("way")):
        profile_id, method_id = chosen
        steps.choose(checkout=checkout, methods={profile_id: method_id}, now=clock.now())
        return redirect(f"{reverse('storefront:review', args=[checkout.pk])}#parcel-{profile_id}")
    if request.method == "POST":
        steps.review(checkout=checkout)
        return _go_on(checkout)
    return _show(request, checkout, Checkout.Step.REVIEW)


@page(Checkout.Step.ADDRESS)
def address(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Where the parcels go: an address used before, or a new one. For parcels that do not go to a P.O. Box, ways that
    do are offered, or to leave them out."""
    assert request.user.is_authenticated
    if leave := whole_number(request.POST.get("leave")):
        return _leave_out(checkout, leave)
    known = people.addresses_of(request.user)
    form = AddressForm(request.POST if "kind" in request.POST else None, user=request.user)
    chosen = known.filter(pk=whole_number(request.POST.get("address")) or 0).first()
    if chosen is None and form.is_valid():
        chosen = form.save()
    stranded: tuple[QuotedParcel, ...] = ()
    if chosen is not None:
        stranded = _stranded(request, checkout, chosen)
        if not stranded:
            steps.deliver_to(checkout=checkout, address=chosen)
            return _go_on(checkout)
    adding = not chosen and (form.is_bound or "new" in request.GET or not known)
    return _show(
        request,
        checkout,
        Checkout.Step.ADDRESS,
        addresses=known,
        form=form,
        adding=adding,
        picked=chosen.pk if chosen else checkout.address_id,
        stranded=[(parcel, parcel.ways_to(chosen)) for parcel in stranded if chosen],
    )


def _stranded(request: HttpRequest, checkout: Checkout, to: Address) -> tuple[QuotedParcel, ...]:
    """The parcels that do not go there, after the ways that were chosen with the address."""
    ways = (value for name, value in request.POST.items() if name.startswith("way-") and isinstance(value, str))
    chosen = dict(pair for way in ways if (pair := two_numbers(way)))
    now = clock.now()
    if chosen:
        return steps.choose(checkout=checkout, methods=chosen, now=now).stranded(to)
    return quote(checkout, now=now).stranded(to) if to.kind == Address.Kind.PO_BOX else ()


def _leave_out(checkout: Checkout, profile_id: int) -> HttpResponse:
    if steps.leave_out(checkout=checkout, profile_id=profile_id):
        return redirect("storefront:address", checkout.pk)
    return _back(checkout)


@page(Checkout.Step.METHOD)
def method(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """*Select payment method*."""
    form = MethodForm(request.POST or None, initial={"method": Checkout.Method.MPESA})
    if form.is_valid():
        steps.pay_with_mpesa(checkout=checkout)
        return _go_on(checkout)
    return _show(request, checkout, Checkout.Step.METHOD, form=form)


@page(Checkout.Step.NUMBER)
def number(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Which line gets the prompt; the buyer's own is suggested."""
    assert request.user.is_authenticated
    form = NumberForm(request.POST or None, suggested=checkout.msisdn or request.user.phone)
    if form.is_valid():
        steps.charge_number(checkout=checkout, msisdn=form.cleaned_data["msisdn"])
        return _go_on(checkout)
    return _show(request, checkout, Checkout.Step.NUMBER, form=form)


@page(Checkout.Step.PAY)
def pay(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """The whole sum, M-PESA's charge as its own line, and *Pay*."""
    if request.method == "POST":
        agreed = request.POST.get("agreed_total_cents", "")
        try:
            with transaction.atomic():
                purchase = steps.place(
                    checkout_id=checkout.pk,
                    agreed_total_cents=whole_number(agreed) or 0,
                    now=clock.now(),
                )
                prompts.ask(purchase=purchase, msisdn=checkout.msisdn, now=clock.now())
        except (NotReady, SoldOut, NotForSale, NotToBox, OwnGoods, RateMissing):
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("storefront:pay", checkout.pk)
        return redirect("storefront:live", purchase.number)
    return _show(request, checkout, Checkout.Step.PAY)


def _own_checkout(request: HttpRequest, checkout_id: UUID) -> Checkout | None:
    """The checkout if it is this person's, claimed on the way; None if its owner must sign in first; else 404."""
    checkout = get_object_or_404(Checkout.objects.select_related("address", "purchase"), pk=checkout_id)
    if checkout.buyer_id is None:
        if str(checkout.pk) not in request.session.get(BEGUN_HERE, []):
            raise Http404
        if request.user.is_authenticated:
            steps.claim(checkout=checkout, buyer=request.user)
            adopt_guest_basket(request)
        return checkout
    if not request.user.is_authenticated:
        return None
    if checkout.buyer_id != request.user.pk:
        raise Http404
    return checkout


def _go_on(checkout: Checkout) -> HttpResponse:
    """To the first step that is still open, or to the payment when none is."""
    if checkout.purchase is not None:
        return redirect("storefront:live", checkout.purchase.number)
    return redirect(f"storefront:{checkout.step.value}", checkout.pk)


def _back(checkout: Checkout) -> HttpResponse:
    """To where the goods were chosen."""
    if checkout.from_basket:
        return redirect("storefront:basket")
    offer = checkout.lines.select_related("offer__product").earliest("id").offer
    return redirect("storefront:product", offer.product.slug)


def _show(request: HttpRequest, checkout: Checkout, step: Checkout.Step, **context: object) -> HttpResponse:
    now = clock.now()
    quoted = quote(checkout, now=now)
    charge = paybill_charge(quoted.total_cents, on=clock.nairobi_date(now))
    if step == Checkout.Step.PAY and checkout.address:
        quoted.require_reach(checkout.address)
    before = STEPS[: STEPS.index(step)]
    return render(
        request,
        f"storefront/checkout/{step.value}.html",
        {
            "checkout": checkout,
            "quote": quoted,
            "charge": charge,
            "leaves_wallet_cents": quoted.total_cents + charge.buyer_cents,
            "stages": [(name, step in its, its[-1] in before) for name, its in STAGES],
            **context,
        },
    )
