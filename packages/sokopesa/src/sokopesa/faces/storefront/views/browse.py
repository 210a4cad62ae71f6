"""Looking around: the front page, a shelf, a search, one product."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from sokopesa.catalog import browsing
from sokopesa.catalog import queries as catalog
from sokopesa.catalog.choosing import Choice, Wanted, options_of
from sokopesa.catalog.filters import Sort
from sokopesa.catalog.models import Category, Product
from sokopesa.faces.storefront import narrowing
from sokopesa.faces.storefront.charges import charge_today
from sokopesa.faces.storefront.narrowing import Choices
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.views.searching import words_searched
from sokopesa.kernel import clock
from sokopesa.orders.models import MOST_PIECES
from sokopesa.payments.queries import Waiting, waiting_for
from sokopesa.people.models import User


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page: every shelf, and a few goods from each."""
    shown = catalog.home(on=clock.nairobi_date(clock.now()))
    return render(request, "storefront/home.html", {"shelves": shown.categories, "picks": shown.picks})


@require_safe
@vary_on_headers("HX-Request")
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """One shelf, page by page; HTMX gets the list alone, as the shopper narrows it."""
    narrow = narrowing.read(request.GET, (), default=Sort.NEWEST)
    today = clock.nairobi_date(clock.now())
    try:
        shelf = browsing.category(slug, request.GET.get("page", 1), on=today, filters=narrow.filters, sort=narrow.sort)
    except Category.DoesNotExist as error:
        raise Http404 from error
    choices = Choices(narrow, shelf.facets, sorts_by_match=False)
    template = "storefront/parts/list.html" if _is_htmx(request) else "storefront/category.html"
    shown = {"category": shelf.category, "listing": shelf.listing, "facets": shelf.facets}
    return render(request, template, {**shown, "narrow": narrow, "choices": choices, "is_open": _is_narrowing(request)})


@require_safe
@vary_on_headers("HX-Request")
def search(request: HttpRequest) -> HttpResponse:
    """What was found for ``q``; HTMX gets the results alone, as the shopper types or narrows them."""
    text = words_searched(request)
    shelves = catalog.categories()
    narrow = narrowing.read(request.GET, shelves, default=Sort.BEST)
    found = browsing.search(
        text,
        request.GET.get("page", 1),
        on=clock.nairobi_date(clock.now()),
        filters=narrow.filters,
        sort=narrow.sort,
        as_typed=request.GET.get("typed") == "1",
    )
    choices = Choices(narrow, found.facets, shelves) if found.facets else None
    template = "storefront/parts/results.html" if _is_htmx(request) else "storefront/search.html"
    shown = {"query": text, "found": found, "listing": found.listing, "facets": found.facets, "shelves": shelves}
    return render(request, template, {**shown, "narrow": narrow, "choices": choices, "is_open": _is_narrowing(request)})


@require_safe
@vary_on_headers("HX-Request")
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """A product, its variants, its vendors and how they send it; ``?variant=``, ``?offer=`` and ``?method=`` choose.
    HTMX gets the choice alone."""
    wanted = _wanted(request)
    try:
        shown = catalog.product(slug, on=clock.nairobi_date(clock.now()), wanted=wanted)
    except Product.DoesNotExist as error:
        raise Http404 from error
    chosen = shown.chosen
    most = min(chosen.offer.stock, MOST_PIECES) if chosen else 0
    asked = request.GET.get("quantity", "")
    quantity = max(1, min(whole_number(asked) or 1, most))
    template = "storefront/product/offer.html" if _is_htmx(request) else "storefront/product/page.html"
    return render(
        request,
        template,
        {
            "product": shown.product,
            "is_part": _is_htmx(request),
            "category": shown.product.category,
            "options": options_of(shown.makes, shown.make) if shown.make else (),
            "make": shown.make,
            "kept": _kept(chosen, wanted),
            "offers": shown.offers,
            "related": shown.related,
            "chosen": chosen,
            "lacks_rate": shown.lacks_rate,
            "charge": charge_today(chosen.price.total_cents) if chosen else None,
            "quantities": range(1, most + 1),
            "quantity": quantity,
            "waiting": None if _is_htmx(request) else _waiting(request, shown.product),
            "most": most,
        },
    )


def _wanted(request: HttpRequest) -> Wanted:
    """What the address asks for; what is not a number asks for nothing."""
    variant, offer, method = (whole_number(request.GET.get(name, "")) for name in ("variant", "offer", "method"))
    return Wanted(variant, offer, method)


def _kept(chosen: Choice | None, wanted: Wanted) -> str:
    """What a link to another variant adds, so that the shopper stays with the vendor and the way of sending."""
    offer, method = (chosen.offer.pk, chosen.way.method.pk) if chosen else (wanted.offer_id, wanted.method_id)
    return "".join(f"&{name}={pk}" for name, pk in (("offer", offer), ("method", method)) if pk is not None)


def _waiting(request: HttpRequest, product: Product) -> Waiting | None:
    """What the shopper has ordered of this and not paid yet, so that nobody pays twice by mistake."""
    return waiting_for(product, request.user) if isinstance(request.user, User) else None


def _is_narrowing(request: HttpRequest) -> bool:
    """Whether a filter was just touched: then they stay unfolded."""
    return _is_htmx(request) and request.headers.get("HX-Trigger") == "narrow"


def _is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
