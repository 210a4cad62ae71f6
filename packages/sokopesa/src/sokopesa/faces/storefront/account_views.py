"""Signing in and out, and the address book."""

from __future__ import annotations

from allauth.account.internal.flows.logout import logout
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url, passthrough_next_redirect_url
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sokopesa.faces.storefront.account_forms import AddressForm
from sokopesa.faces.storefront.account_signin import SignIn
from sokopesa.faces.storefront.account_signin_forms import CodeForm, PhoneForm
from sokopesa.kernel import phone
from sokopesa.people import actions, post_offices, queries
from sokopesa.people.models import Address, User

TOO_MANY_CODES = "Too many codes were asked for. Wait ten minutes, then try again."
WRONG_TOO_OFTEN = "That was the wrong code too many times. Ask for a new one."


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """One page for new and known people: a phone number, to which we send a code."""
    if request.user.is_authenticated:
        return redirect(get_login_redirect_url(request))
    pending = SignIn.pending(request)
    form = PhoneForm(request.POST or None, initial={"phone": phone.local(pending.phone) if pending else ""})
    if form.is_valid():
        if _may_send(request, form.cleaned_data["phone"]):
            with transaction.atomic():
                SignIn.begin(request, phone=form.cleaned_data["phone"])
            return redirect(_with_next(request, "account_confirm_login_code"))
        form.add_error("phone", TOO_MANY_CODES)
        return _page(request, "login", form, status=429)
    return _page(request, "login", form)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """The code from the SMS. Also sends it again."""
    if request.user.is_authenticated:
        return redirect(get_login_redirect_url(request))
    process = SignIn.pending(request)
    if process is None:
        return redirect(_with_next(request, "account_login"))
    if not process.is_valid():
        return _start_over(request, process, "That code has expired. Ask for a new one.")
    if "resend" in request.POST:
        return _resend(request, process)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        if not ratelimit.consume(request, action="login_failed", key=process.key):
            return _start_over(request, process, WRONG_TOO_OFTEN)
        if process.matches(form.cleaned_data["code"]):
            return process.finish(get_next_redirect_url(request))
        if not process.record_invalid_attempt():
            return _start_over(request, process, WRONG_TOO_OFTEN)
        left = process.tries_left
        form.add_error("code", f"That is not the code we sent. You have {left} {'try' if left == 1 else 'tries'} left.")
    return _page(request, "confirm_login_code", form, phone=process.phone, can_resend=process.can_resend)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ask, then sign out."""
    if request.method == "POST":
        logout(request)
    if not request.user.is_authenticated:
        return redirect(get_next_redirect_url(request) or reverse("storefront:home"))
    return render(request, "account/logout.html")


@require_GET
def inactive(request: HttpRequest) -> HttpResponse:
    """The person's account was closed."""
    return render(request, "account/account_inactive.html", status=403)


@never_cache
@login_required
@require_GET
def addresses(request: HttpRequest) -> HttpResponse:
    """The address book."""
    person = _person(request)
    return render(request, "account/addresses.html", {"person": person, "addresses": queries.addresses_of(person)})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit_address(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add an address, or change one."""
    person = _person(request)
    address = get_object_or_404(person.addresses, pk=pk) if pk is not None else None
    form = AddressForm(request.POST or None, user=person, instance=address)
    if form.is_valid():
        form.save()
        messages.success(request, "The address is saved.")
        return redirect("account:addresses")
    return render(request, "account/address.html", {"form": form, "address": address})


@login_required
@require_POST
def delete_address(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an address out of the book. Orders keep what they were sent to."""
    actions.delete_address(address=_address(request, pk))
    messages.success(request, "The address is deleted.")
    return redirect("account:addresses")


@login_required
@require_POST
def make_default(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer this address first."""
    actions.make_default(address=_address(request, pk))
    return redirect("account:addresses")


@require_GET
def post_office(request: HttpRequest) -> HttpResponse:
    """Which post office has the postcode typed so far: a fragment for the address form."""
    typed = "".join(request.GET.get("postcode", "").split())
    return render(request, "account/_post_office.html", {"postcode": typed, "office": post_offices.find(typed)})


def _page(
    request: HttpRequest, template: str, form: PhoneForm | CodeForm, *, status: int = 200, **more: object
) -> HttpResponse:
    destination = get_next_redirect_url(request) or ""
    context = {"form": form, "next": destination, **more}
    return render(request, f"account/{template}.html", context, status=status)


def _with_next(request: HttpRequest, name: str) -> str:
    url: str = passthrough_next_redirect_url(request, reverse(name), REDIRECT_FIELD_NAME)
    return url


def _may_send(request: HttpRequest, msisdn: str) -> bool:
    return bool(ratelimit.consume(request, action="request_login_code", key=msisdn))


def _resend(request: HttpRequest, process: SignIn) -> HttpResponse:
    if process.can_resend and _may_send(request, process.phone):
        with transaction.atomic():
            process.resend()
        messages.success(request, f"We sent the code to {phone.local(process.phone)} again.")
    else:
        messages.error(request, TOO_MANY_CODES)
    return redirect(_with_next(request, "account_confirm_login_code"))


def _start_over(request: HttpRequest, process: SignIn, why: str) -> HttpResponse:
    process.abort()
    messages.error(request, why)
    return redirect(_with_next(request, "account_login"))


def _person(request: HttpRequest) -> User:
    assert request.user.is_authenticated
    return request.user


def _address(request: HttpRequest, pk: int) -> Address:
    return get_object_or_404(_person(request).addresses, pk=pk)
