"""What a shop sells: prices, stock, and new goods."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from sokopesa.catalog import listing
from sokopesa.catalog.errors import ListingRefused, NotGoods, PriceMoved, StockMoved
from sokopesa.catalog.models import Offer, Product, ShippingProfile, Variant
from sokopesa.catalog.queries import speaking_of
from sokopesa.catalog.search import words_of
from sokopesa.faces.back_office.paging import ONE_MORE, page_of, read_id
from sokopesa.faces.seller_centre.access import seller_form, seller_page, seller_post
from sokopesa.faces.seller_centre.goods_forms import NewGoodsForm, OfferForm, SellForm
from sokopesa.kernel import clock
from sokopesa.people.models import Seller

SHELVES = {"sale": "On sale", "out": "Sold out", "withdrawn": "Withdrawn"}
"""What the list can be narrowed to: name in the address → label."""

FOUND_AT_MOST = 20


@seller_page
def index(request: HttpRequest, shop: Seller) -> HttpResponse:
    """The newest offers first; ``q`` has words to look for, ``show`` is one of `SHELVES`."""
    wanted, text = request.GET.get("show", ""), request.GET.get("q", "").strip()[:80]
    before = read_id(request.GET.get("before"))
    offers = _narrowed(_offers(shop), wanted, text)
    if before is not None:
        offers = offers.filter(pk__lt=before)
    page = page_of(list(offers.order_by("-pk")[:ONE_MORE]), lambda offer: str(offer.pk))
    kept = {name: value for name, value in (("show", wanted if wanted in SHELVES else ""), ("q", text)) if value}
    return render(
        request,
        "seller_centre/goods.html",
        {
            "shop": shop,
            "page": page,
            "entries": [(offer, OfferForm(offer=offer)) for offer in page.rows],
            "shelves": SHELVES,
            "wanted": kept.get("show", ""),
            "text": text,
            "kept": urlencode(kept),
            "here": request.GET.urlencode(),
            "later": before is not None,
        },
    )


@seller_form
def change(request: HttpRequest, shop: Seller, pk: int) -> HttpResponse:
    """One offer; its form also stands in the list, which ``back`` leads to."""
    offer = get_object_or_404(_offers(shop), pk=pk)
    if request.method != "POST":
        return _offer_page(request, shop, offer, OfferForm(offer=offer))
    form = OfferForm(request.POST, offer=offer)
    if not form.is_valid():
        return _offer_page(request, shop, offer, form)
    try:
        listing.revise(seller=shop, offer_id=pk, seen=form.seen, wanted=form.wanted)
    except ListingRefused as refusal:
        form.refuse(refusal)
    except (PriceMoved, StockMoved) as moved:
        form.add_error("price" if isinstance(moved, PriceMoved) else "stock", str(moved))
        form.look_again(get_object_or_404(_offers(shop), pk=pk))
    else:
        messages.success(request, f"Saved: {offer.product}.")
        return redirect(_back(request, shop, pk))
    return _offer_page(request, shop, offer, form)


@seller_post
def withdraw(request: HttpRequest, shop: Seller, pk: int) -> HttpResponse:
    """Sell it no longer."""
    offer = get_object_or_404(_offers(shop), pk=pk)
    listing.withdraw(seller=shop, offer_id=pk)
    messages.success(request, f"Withdrawn: {offer.product}. Orders that were placed stay as they are.")
    return redirect("seller_centre:offer", shop.slug, pk)


@seller_post
def sell_again(request: HttpRequest, shop: Seller, pk: int) -> HttpResponse:
    """Sell what was withdrawn, as it was."""
    offer = get_object_or_404(_offers(shop), pk=pk)
    if not offer.is_live:
        try:
            listing.offer(
                seller=shop,
                variant=offer.variant,
                profile_id=offer.profile_id,
                price_minor=offer.price_minor,
                stock=offer.stock,
            )
        except ListingRefused as refusal:
            messages.warning(request, str(refusal))
            return redirect("seller_centre:offer", shop.slug, pk)
    messages.success(request, f"On sale again: {offer.product}.")
    return redirect("seller_centre:offer", shop.slug, pk)


@seller_page
def find(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Whether somebody has described the goods already: then they need only be offered."""
    text = request.GET.get("q", "").strip()[:80]
    found = speaking_of(text).select_related("category").order_by("-created_at", "pk") if words_of(text) else ()
    return render(
        request, "seller_centre/goods_find.html", {"shop": shop, "text": text, "found": found[:FOUND_AT_MOST]}
    )


@seller_form
def add(request: HttpRequest, shop: Seller, product: str) -> HttpResponse:
    """Offer variants of goods that are listed, each with its pieces."""
    variants = Prefetch("variants", Variant.objects.exclude(offers__in=Offer.objects.filter(seller=shop, is_live=True)))
    goods = get_object_or_404(Product.objects.prefetch_related(variants), slug=product)
    profiles = list(ShippingProfile.objects.filter(seller=shop))
    left = list(goods.variants.all())
    form = SellForm(request.POST if request.method == "POST" else None, profiles=profiles, variants=left)
    if form.is_bound and form.was_sent_before:
        return _on_sale(request, shop, goods)
    if form.is_valid():
        said = form.cleaned_data
        try:
            listing.offer_all(seller=shop, profile_id=said["profile"].pk, price_minor=said["price"], stocks=form.stocks)
        except ListingRefused as refusal:
            form.refuse(refusal)
        else:
            return _on_sale(request, shop, goods)
    context = {"shop": shop, "product": goods, "variants": left, "profiles": profiles, "form": form}
    return render(request, "seller_centre/goods_add.html", context, status=422 if form.is_bound else 200)


@seller_form
def new(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Describe goods that nobody has listed; then price and pieces. Sent twice, they are listed once."""
    form = NewGoodsForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            listed = listing.list_once(form.described, seller=shop, now=clock.now())
        except (ListingRefused, NotGoods) as refusal:
            form.refuse(refusal)
        else:
            return redirect("seller_centre:goods_add", shop.slug, listed.slug)
    return render(
        request, "seller_centre/goods_new.html", {"shop": shop, "form": form}, status=422 if form.is_bound else 200
    )


def _on_sale(request: HttpRequest, shop: Seller, goods: Product) -> HttpResponse:
    messages.success(request, f"On sale: {goods}.")
    return redirect("seller_centre:goods", shop.slug)


def _offers(shop: Seller) -> QuerySet[Offer]:
    return Offer.objects.filter(seller=shop).select_related("product", "variant", "profile")


def _narrowed(offers: QuerySet[Offer], wanted: str, text: str) -> QuerySet[Offer]:
    if words_of(text):
        offers = offers.filter(product__in=speaking_of(text).order_by().values("pk"))
    if wanted == "sale":
        return offers.filter(is_live=True, stock__gt=0)
    if wanted == "out":
        return offers.filter(is_live=True, stock=0)
    return offers.filter(is_live=wanted != "withdrawn")


def _back(request: HttpRequest, shop: Seller, pk: int) -> str:
    """The list as it was left, at the offer's place; the offer's own page if its form was sent from there."""
    if "back" not in request.POST:
        return reverse("seller_centre:offer", args=[shop.slug, pk])
    left = QueryDict(request.POST["back"])
    kept = urlencode({name: left[name] for name in ("show", "q", "before") if left.get(name)})
    return f"{reverse('seller_centre:goods', args=[shop.slug])}{'?' if kept else ''}{kept}#offer-{pk}"


def _offer_page(request: HttpRequest, shop: Seller, offer: Offer, form: OfferForm) -> HttpResponse:
    context = {"shop": shop, "offer": offer, "form": form, "back": request.POST.get("back")}
    return render(request, "seller_centre/offer.html", context, status=422 if form.is_bound else 200)
