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
from sokopesa.faces.storefront.checkout_forms import MethodForm, NumberForm
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.orders import checkout as steps
from sokopesa.orders.errors import AlreadyPlaced, NotForSale, NotReady
from sokopesa.orders.models import Checkout
from sokopesa.orders.quotes import quote
from sokopesa.payments import prompts
from sokopesa.payments.charges import paybill_charge
from sokopesa.people import queries as people

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
    offer_id, quantity = request.POST.get("offer", ""), request.POST.get("quantity", "")
    offer = get_object_or_404(Offer.objects.select_related("product"), pk=whole_number(offer_id) or 0)
    try:
        checkout = steps.start(
            offer_id=offer.pk,
            quantity=whole_number(quantity) or 0,
            buyer=request.user if request.user.is_authenticated else None,
            now=clock.now(),
        )
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('storefront:product', args=[offer.product.slug])}?offer={offer.pk}")
    begun = [*request.session.get(BEGUN_HERE, []), str(checkout.pk)]
    request.session[BEGUN_HERE] = begun[-MOST_BEGUN:]
    return redirect("storefront:review", checkout.pk)


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
            except Refusal as refusal:
                messages.error(request, str(refusal))
                return redirect("storefront:product", checkout.offer.product.slug)

        return answer

    return decorate


@page(Checkout.Step.REVIEW)
def review(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """What is bought, from whom, by when and for how much. *Continue* needs no account yet."""
    if request.method == "POST":
        steps.review(checkout=checkout)
        return _go_on(checkout)
    return _show(request, checkout, Checkout.Step.REVIEW)


@page(Checkout.Step.ADDRESS)
def address(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """Where the parcel goes: an address used before, or a new one."""
    assert request.user.is_authenticated
    known = people.addresses_of(request.user)
    form = AddressForm(request.POST if "kind" in request.POST else None, user=request.user)
    chosen = known.filter(pk=whole_number(request.POST.get("address")) or 0).first()
    if chosen is None and form.is_valid():
        chosen = form.save()
    if chosen is not None:
        steps.deliver_to(checkout=checkout, address=chosen)
        return _go_on(checkout)
    adding = form.is_bound or "new" in request.GET or not known
    return _show(request, checkout, Checkout.Step.ADDRESS, addresses=known, form=form, adding=adding)


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
        except (NotReady, SoldOut, NotForSale, RateMissing):
            raise
        except Refusal as refusal:
            messages.error(request, str(refusal))
            return redirect("storefront:pay", checkout.pk)
        return redirect("storefront:live", purchase.number)
    return _show(request, checkout, Checkout.Step.PAY)


def _own_checkout(request: HttpRequest, checkout_id: UUID) -> Checkout | None:
    """The checkout if it is this person's, claimed on the way; None if its owner must sign in first; else 404."""
    checkout = get_object_or_404(
        Checkout.objects.select_related(
            "offer__product", "offer__variant", "offer__seller", "offer__profile", "address", "purchase"
        ).prefetch_related("offer__profile__methods"),
        pk=checkout_id,
    )
    if checkout.buyer_id is None:
        if str(checkout.pk) not in request.session.get(BEGUN_HERE, []):
            raise Http404
        if request.user.is_authenticated:
            steps.claim(checkout=checkout, buyer=request.user)
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


def _show(request: HttpRequest, checkout: Checkout, step: Checkout.Step, **context: object) -> HttpResponse:
    now = clock.now()
    quoted = quote(checkout, now=now)
    charge = paybill_charge(quoted.total_cents, on=clock.nairobi_date(now))
    before = STEPS[: STEPS.index(step)]
    return render(
        request,
        f"storefront/checkout/{step.value}.html",
        {
            "checkout": checkout,
            "offer": checkout.offer,
            "product": checkout.offer.product,
            "quote": quoted,
            "charge": charge,
            "leaves_wallet_cents": quoted.total_cents + charge.buyer_cents,
            "stages": [(name, step in its, its[-1] in before) for name, its in STAGES],
            **context,
        },
    )
