"""What we tell a person: in which language, of what, by SMS or by e-mail; and the proof that an address is theirs."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from sokopesa.configuration import CONFIGURATION
from sokopesa.faces.storefront.account_notices_words import GROUPS, words
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.notices.events import ALWAYS, Group
from sokopesa.notices.letters import Envelope, post_all
from sokopesa.notices.preferences import CHOICES, choose, preferences_of
from sokopesa.notices.telling import letter_for
from sokopesa.notices.words import CONFIRM_EMAIL
from sokopesa.people import emails
from sokopesa.people.actions import speak
from sokopesa.people.models import LANGUAGES, User

_ASKED = "email_asked"
"""Where the visitor's session keeps the address to which the last link went."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A row of the page."""

    group: Group
    name: str
    hint: str
    sms: bool
    email: bool
    is_always: bool


class NoticesForm(forms.Form):
    """The language, and the groups that are ticked in each column."""

    language = forms.ChoiceField(choices=LANGUAGES, widget=forms.RadioSelect)
    sms = forms.MultipleChoiceField(choices=[(group, group) for group in CHOICES], required=False)
    email = forms.MultipleChoiceField(choices=[(group, group) for group in CHOICES], required=False)


class EmailForm(forms.Form):
    """The address to which the link goes."""

    address = forms.EmailField(max_length=254)

    def __init__(self, data: object = None, *, said: dict[str, str], is_other: bool) -> None:
        """``said`` is the page in the person's language; ``is_other`` says that they have an address already."""
        super().__init__(data)  # type: ignore[arg-type]
        field = self.fields["address"]
        field.label = said["other_address" if is_other else "address"]
        field.error_messages = dict.fromkeys(("required", "invalid", "max_length"), said["wrong_address"])
        for validator in field.validators:
            validator.message = said["wrong_address"]  # type: ignore[attr-defined]
        field.widget.attrs |= {"autocomplete": "email", "inputmode": "email"}


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """The page, and what was chosen on it. Whoever wants no more e-mails comes here by the link in each of them."""
    person = _person(request)
    form = NoticesForm(request.POST or None)
    if form.is_valid():
        with transaction.atomic():
            speak(user=person, language=form.cleaned_data["language"])
            ticked = form.cleaned_data["email"] if person.email_confirmed_at else None
            choose(user=person, sms=form.cleaned_data["sms"], email=ticked)
        messages.success(request, words(person.language)["saved"])
        return redirect("account:notices")
    return _page(request, person)


@never_cache
@login_required
@require_POST
def send_link(request: HttpRequest) -> HttpResponse:
    """Send a link to the address that was typed."""
    person = _person(request)
    said = words(person.language)
    form = EmailForm(request.POST, said=said, is_other=bool(person.email_confirmed_at))
    if not CONFIGURATION.email_url or not form.is_valid():
        return _page(request, person, form)
    email = emails.normalised(form.cleaned_data["address"])
    if not ratelimit.consume(request, action="prove_email", key=email):
        form.add_error("address", said["too_often"])
        return _page(request, person, form, status=429)
    token = emails.token_for(user=person, email=email)
    link = CONFIGURATION.site_url + reverse("account:email_confirm", args=[token])
    params = {"site": CONFIGURATION.site_name, "days": emails.LINK_WORKS.days, "link": link}
    subject, text = letter_for(CONFIRM_EMAIL, person.language, params, now=clock.now())
    key = f"{CONFIRM_EMAIL.name}:{person.pk}:{secrets.token_hex(8)}"
    post_all([Envelope(to=email, subject=subject, text=text, kind=CONFIRM_EMAIL.name, key=key)], urgent=True)
    request.session[_ASKED] = email
    return redirect("account:notices")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """The link from the e-mail. Opening it asks; only the button confirms, for programs open links too."""
    person = _person(request)
    said = words(person.language)
    try:
        if request.method == "POST":
            email = emails.confirm(user=person, token=token, now=clock.now())
            request.session.pop(_ASKED, None)
            messages.success(request, said["now_confirmed"].format(email=email))
            return redirect("account:notices")
        email = emails.address_in(token, user=person)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("account:notices")
    return render(request, "account/email_confirm.html", {"person": person, "said": said, "email": email})


@login_required
@require_POST
def forget_email(request: HttpRequest) -> HttpResponse:
    """Send no e-mails any more."""
    person = _person(request)
    emails.forget(user=person)
    request.session.pop(_ASKED, None)
    messages.success(request, words(person.language)["removed"])
    return redirect("account:notices")


def _page(request: HttpRequest, person: User, email_form: EmailForm | None = None, status: int = 200) -> HttpResponse:
    said = words(person.language)
    context = {
        "person": person,
        "said": said,
        "languages": LANGUAGES,
        "choices": _choices(person),
        "has_email": bool(CONFIGURATION.email_url),
        "email_form": email_form or EmailForm(said=said, is_other=bool(person.email_confirmed_at)),
        "asked": said["asked"].format(email=request.session[_ASKED]) if _ASKED in request.session else "",
    }
    return render(request, "account/notices.html", context, status=status)


def _choices(person: User) -> list[Choice]:
    return [
        Choice(
            group=group,
            name=GROUPS[group][0].said_in(person.language),
            hint=GROUPS[group][1].said_in(person.language),
            sms=preference.sms,
            email=preference.email,
            is_always=group in ALWAYS,
        )
        for group, preference in preferences_of(person).items()
    ]


def _person(request: HttpRequest) -> User:
    assert request.user.is_authenticated
    return request.user
