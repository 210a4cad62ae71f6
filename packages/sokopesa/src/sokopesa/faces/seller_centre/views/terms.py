"""How a shop ships: from where and how soon, and the ways that buyers choose from."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.catalog import shipping_terms
from sokopesa.catalog.errors import ListingRefused
from sokopesa.catalog.models import ShippingMethod, ShippingProfile
from sokopesa.faces.seller_centre.access import seller_form, seller_page, seller_post
from sokopesa.faces.seller_centre.terms_forms import MethodForm, ProfileForm
from sokopesa.people.models import Seller


@seller_page
def index(request: HttpRequest, shop: Seller) -> HttpResponse:
    """Every profile with its ways."""
    profiles = ShippingProfile.objects.filter(seller=shop).prefetch_related("methods")
    return render(request, "seller_centre/profiles.html", {"shop": shop, "profiles": profiles})


@seller_form
def new(request: HttpRequest, shop: Seller) -> HttpResponse:
    """A new profile; then its first way."""
    form = ProfileForm(request.POST if request.method == "POST" else None, shop_country=shop.country)
    if form.is_valid():
        terms, currency = form.terms, form.cleaned_data["currency"]
        made = ShippingProfile.objects.filter(seller=shop, currency=currency, **asdict(terms)).first()  # sent twice
        try:
            made = made or shipping_terms.make_profile(seller=shop, terms=terms, currency=currency)
        except ListingRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Saved. Now add a way for its parcels to go.")
            return redirect("seller_centre:method_new", shop.slug, made.pk)
    context = {"shop": shop, "form": form, "profile": None}
    return render(request, "seller_centre/profile.html", context, status=422 if form.is_bound else 200)


@seller_form
def change(request: HttpRequest, shop: Seller, pk: int) -> HttpResponse:
    """Other terms from now on."""
    profile = _profile(shop, pk)
    form = ProfileForm(request.POST if request.method == "POST" else None, profile=profile)
    if form.is_valid():
        try:
            shipping_terms.change_profile(seller=shop, profile_id=pk, terms=form.terms)
        except ListingRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Saved. Orders already placed keep what was promised to them.")
            return redirect("seller_centre:profiles", shop.slug)
    context = {"shop": shop, "form": form, "profile": profile}
    return render(request, "seller_centre/profile.html", context, status=422 if form.is_bound else 200)


@seller_form
def add_method(request: HttpRequest, shop: Seller, pk: int) -> HttpResponse:
    """Another way for the profile's parcels."""
    profile = _profile(shop, pk)
    form = MethodForm(request.POST if request.method == "POST" else None, currency=profile.currency)
    if form.is_valid():
        try:
            if not profile.methods.filter(**asdict(form.way), is_live=True).exists():  # else it was sent twice
                shipping_terms.add_method(seller=shop, profile_id=pk, way=form.way)
        except ListingRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, f"Buyers can choose “{form.way.name}” from now on.")
            return redirect("seller_centre:profiles", shop.slug)
    return _method_page(request, shop, profile, form, None)


@seller_form
def change_method(request: HttpRequest, shop: Seller, pk: int, method: int) -> HttpResponse:
    """Other cost or days from now on."""
    profile = _profile(shop, pk)
    there = get_object_or_404(profile.methods, pk=method)
    form = MethodForm(request.POST if request.method == "POST" else None, currency=profile.currency, method=there)
    if form.is_valid():
        try:
            shipping_terms.change_method(seller=shop, profile_id=pk, method_id=method, way=form.way)
        except ListingRefused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, "Saved. Orders already placed keep what was promised to them.")
            return redirect("seller_centre:profiles", shop.slug)
    return _method_page(request, shop, profile, form, there)


@seller_post
def switch_method(request: HttpRequest, shop: Seller, pk: int, method: int) -> HttpResponse:
    """Send no more that way, or again."""
    there = get_object_or_404(_profile(shop, pk).methods, pk=method)
    again = request.POST.get("to") == "on"
    verb = shipping_terms.restore_method if again else shipping_terms.retire_method
    try:
        verb(seller=shop, profile_id=pk, method_id=method)
    except ListingRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        told = "Buyers can choose it again" if again else "Buyers cannot choose it any more"
        messages.success(request, f"{told}: {there}.")
    return redirect("seller_centre:profiles", shop.slug)


def _profile(shop: Seller, pk: int) -> ShippingProfile:
    return get_object_or_404(ShippingProfile.objects.prefetch_related("methods"), pk=pk, seller=shop)


def _method_page(
    request: HttpRequest, shop: Seller, profile: ShippingProfile, form: MethodForm, method: ShippingMethod | None
) -> HttpResponse:
    context = {"shop": shop, "profile": profile, "form": form, "method": method}
    return render(request, "seller_centre/method.html", context, status=422 if form.is_bound else 200)
