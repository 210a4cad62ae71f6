"""What lies between our books and M-PESA's word: by class and age, and one with its evidence, notes and four eyes."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import IntegrityError
from django.db.models import Exists, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render

from sokopesa.faces.back_office.access import finance_post, member, staff_page
from sokopesa.faces.back_office.money_forms import ReasonForm
from sokopesa.faces.back_office.paging import ONE_MORE, Page, page_of, read_id, read_ids, read_moment, write_moment
from sokopesa.faces.back_office.reconciliation_forms import NoteForm, ResolveForm
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.people.staff import RELEASE_MONEY, may
from sokopesa.reconciliation import queries, resolving
from sokopesa.reconciliation.models import Discrepancy, Resolution
from sokopesa.reconciliation.setting_right import OURS

_PLACE = {"section": "money", "place": "discrepancies"}

MINE = "mine"
"""The filter for what whoever looks looks after."""


@staff_page
def index(request: HttpRequest) -> HttpResponse:
    """Everything that is open, the oldest first, by class and age; and what waits for a second person."""
    return show_list(request, request.GET)


def show_list(
    request: HttpRequest, query: QueryDict, *, form: ResolveForm | None = None, status: int = 200
) -> HttpResponse:
    """The list as an address, or the form below it, asks for it. Of one class, several can be chosen; ``choose=all``
    chooses all that are shown."""
    kind, whose = query.get("kind", ""), query.get("whose", "")
    kind = kind if kind in Discrepancy.Kind else ""
    rows = queries.open_discrepancies(kind=kind).annotate(is_proposed=Exists(queries.standing()))
    if whose == MINE:
        rows = rows.filter(owner=member(request))
    after = read_moment(query.get("after", ""), read_id)
    if after and after[1] is not None:
        opened_at, pk = after
        rows = rows.filter(Q(opened_at__gt=opened_at) | Q(opened_at=opened_at, pk__gt=pk))
    now, may_release = clock.now(), may(member(request), RELEASE_MONEY)
    page: Page[Any] = page_of(list(rows[:ONE_MORE]), lambda row: write_moment(row.opened_at, row.pk))
    ages, is_all = queries.ages(now=now), query.get("choose") == "all"
    waiting, joint = queries.waiting_resolutions(), queries.waiting_together()
    context = {
        **_PLACE,
        "now": now,
        "page": page,
        "later": after is not None,
        "kind": kind,
        "whose": whose,
        "after": query.get("after", ""),
        "keep": urlencode({name: value for name, value in (("kind", kind), ("whose", whose)) if value}),
        "kinds": Discrepancy.Kind.choices,
        "ages": [(aged, Discrepancy.Kind(aged.kind).label) for aged in ages],
        "wall": queries.wall(now=now),
        "waiting": waiting,
        "joint": joint,
        "may_choose": bool(kind) and may_release and sum(not row.is_proposed for row in page.rows) > 1,
        "chosen": {row.pk for row in page.rows} if is_all else read_ids(query.getlist("chosen")),
        "form": form or ResolveForm(),
        "accounts": ["unmatched", *OURS],
    }
    return render(request, "back_office/money/discrepancies.html", context, status=status)


@staff_page
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One discrepancy: what is known of it, what was said, and how it is to end."""
    return _show(request, _found(pk))


@finance_post
def take_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Whoever presses looks after it."""
    person = member(request)
    return _done(request, pk, "You look after it.", resolving.assign, discrepancy_id=pk, owner=person, by=person)


@finance_post
def remark(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down what was learned."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _show(request, _found(pk), noting=form, status=422)
    text = form.cleaned_data["text"]
    return _done(request, pk, "Written down.", resolving.remark, discrepancy_id=pk, text=text, by=member(request))


@finance_post
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose how it ends; a second person decides."""
    found, form = _found(pk), ResolveForm(request.POST)
    if not form.is_valid():
        return _show(request, found, resolving_form=form, status=422)
    try:
        resolving.propose(
            discrepancy_id=pk,
            how=Resolution.How(form.cleaned_data["how"]),
            against=form.cleaned_data["against"].strip(),
            reason=form.cleaned_data["reason"],
            maker=member(request),
            now=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(None, str(refusal))
        return _show(request, found, resolving_form=form, status=409)
    messages.success(request, "Proposed. Nothing is booked until a second person in finance approves.")
    return redirect("back_office:discrepancy", pk)


@finance_post
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person agrees, and it is booked."""
    made = get_object_or_404(Resolution, pk=pk)
    try:
        resolving.approve(resolution_id=pk, decider=member(request), now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    except IntegrityError:
        messages.error(request, "The books refuse it: the account on the other side does not hold so much.")
    else:
        messages.success(request, "Approved. It is explained, and booked where it had to be.")
    return redirect("back_office:discrepancy", made.discrepancy_id)


@finance_post
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person disagrees; it stays open."""
    made, form = get_object_or_404(Resolution, pk=pk), ReasonForm(request.POST, prefix="refuse_", label="Why not")
    if not form.is_valid():
        return _show(request, _found(made.discrepancy_id), refusing=form, status=422)
    words, person = form.cleaned_data["reason"], member(request)
    return _done(
        request,
        made.discrepancy_id,
        "Refused. It stays open.",
        resolving.refuse,
        resolution_id=pk,
        decider=person,
        remark=words,
    )


def _done(request: HttpRequest, pk: int, said: str, verb: Any, **facts: Any) -> HttpResponse:
    """Do it, say what came of it, and come back to the discrepancy."""
    _found(pk)
    try:
        verb(**facts, now=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said)
    return redirect("back_office:discrepancy", pk)


def _found(pk: int) -> Discrepancy:
    return get_object_or_404(Discrepancy.objects.select_related("owner", "line__statement_import", "refund"), pk=pk)


def _show(
    request: HttpRequest,
    found: Discrepancy,
    *,
    noting: NoteForm | None = None,
    resolving_form: ResolveForm | None = None,
    refusing: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    person = member(request)
    made = list(found.resolutions.select_related("maker", "decider", "joint").order_by("-pk"))
    standing = next((each for each in made if each.state == Resolution.State.PROPOSED), None)
    context = {
        **_PLACE,
        "found": found,
        "now": clock.now(),
        "notes": found.notes.select_related("by").order_by("pk"),
        "standing": standing,
        "decided": [each for each in made if each is not standing],
        "noting": noting or NoteForm(),
        "form": resolving_form or ResolveForm(),
        "refusing": refusing or ReasonForm(prefix="refuse_", label="Why not"),
        "accounts": ["unmatched", *OURS],
        "may_release": may(person, RELEASE_MONEY),
        "is_maker": standing is not None and standing.maker_id == person.pk,
    }
    return render(request, "back_office/money/discrepancy.html", context, status=status)
