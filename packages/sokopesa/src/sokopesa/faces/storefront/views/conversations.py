"""Messages: the list of conversations, one conversation, and *Contact Now*. The same pages serve both sides; for whom
somebody speaks follows from the thread. They work without JavaScript; with it they change by server-sent events."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sokopesa.catalog.models import Product
from sokopesa.chat import queries, reading, talking
from sokopesa.chat.blocking import blocks_between
from sokopesa.chat.models import MessageFile, Side, Thread
from sokopesa.chat.warnings import words_for_writer
from sokopesa.faces.serving import answer
from sokopesa.faces.storefront.conversation_forms import MessageForm
from sokopesa.faces.storefront.typed import whole_number
from sokopesa.faces.storefront.uploading import Claimed, claimed
from sokopesa.faces.storefront.views.talks import Talk, bubbles, own_talk, person
from sokopesa.kernel import clock
from sokopesa.kernel.errors import Refusal
from sokopesa.media.models import Upload
from sokopesa.orders.models import Order
from sokopesa.people.models import Seller
from sokopesa.people.sellers import sellers_of

SAID = "storefront/messages/said.html"
BY_SCRIPT = "X-Conversation"
"""The header by which the page's script asks for an answer that it can put in its place."""


@login_required
@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The person's conversations as a buyer; ``?as=seller`` shows those of the shops that they act for."""
    user = person(request)
    shops = list(sellers_of(user))
    side = Side.SELLER if shops and request.GET.get("as") == Side.SELLER else Side.BUYER
    page = queries.conversations_of(user, side, page=whole_number(request.GET.get("page")) or 1)
    talks = [(read, Talk(read.thread, side)) for read in page.object_list]
    return render(
        request, "storefront/messages/index.html", {"page": page, "talks": talks, "side": side, "shops": shops}
    )


@login_required
@never_cache
@require_safe
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    """One conversation, its newest messages first to be seen; ``?before=`` goes back from a message."""
    return _show(request, own_talk(request, pk), MessageForm())


@login_required
@require_POST
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message; then the conversation again, or for its script what was said since."""
    talk = own_talk(request, pk)
    form, user, now = MessageForm(request.POST), person(request), clock.now()
    files = claimed(request, user, Upload.Purpose.CHAT, now)
    by_script = BY_SCRIPT in request.headers
    if files.errors:
        return _refused(request, talk, form, files, files.errors[0])
    try:
        said = talking.say(
            thread=talk.thread, by=user, text=form.written, key=form.sender_key, now=now, uploads=files.uploads
        )
    except Refusal as refusal:
        form.add_error("text", str(refusal))
        return _refused(request, talk, form, files, str(refusal))
    told = words_for_writer(user.language) if said.hid_pin else ""
    if by_script:
        after = whole_number(request.POST.get("after")) or 0
        html, last = said_since(request, talk, after)
        return JsonResponse({"html": html, "last": last, "warning": told})
    if told:
        messages.warning(request, told)
    return redirect(reverse("storefront:thread", args=[pk]) + "#latest")


@never_cache
@require_safe
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said after the message that ``?after=`` names, or 204: for pages that events do not reach."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    talk = own_talk(request, pk)
    html, last = said_since(request, talk, whole_number(request.GET.get("after")) or 0)
    return JsonResponse({"html": html, "last": last}) if html else HttpResponse(status=204)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def about_product(request: HttpRequest, product: str, seller: str) -> HttpResponse:
    """*Contact Now* on a product's page: the conversation that there is, or a first message to begin one."""
    goods, shop = get_object_or_404(Product, slug=product), get_object_or_404(Seller, slug=seller)
    user, now = person(request), clock.now()
    known = Thread.objects.filter(buyer=user, seller=shop, product=goods, order=None).first()
    if known and request.method != "POST":
        return redirect("storefront:thread", known.pk)
    try:
        if request.method == "POST":
            opened = talking.open_about_product(by=user, seller=shop, product=goods, now=now)
            return say(request, opened.pk)
        talking.require_may_open(by=user, seller=shop, product=goods)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("storefront:product", goods.slug)
    begun = Talk(Thread(buyer=user, seller=shop, product=goods, opened_at=now), Side.BUYER)
    return _show(request, begun, MessageForm())


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def about_order(request: HttpRequest, number: str) -> HttpResponse:
    """*Contact Now* on an order, for its buyer and for its seller."""
    order = get_object_or_404(Order.objects.select_related("purchase__buyer", "seller"), number=number)
    user, now = person(request), clock.now()
    unsaved = Thread(buyer=order.purchase.buyer, seller=order.seller, order=order, opened_at=now)
    talk = Talk(unsaved, Talk.side_for(unsaved, user))
    if request.method == "POST":
        return say(request, talking.open_about_order(by=user, order=order, now=now).pk)
    known = Thread.objects.filter(order=order).first()
    return redirect("storefront:thread", known.pk) if known else _show(request, talk, MessageForm())


@login_required
@require_safe
def file(request: HttpRequest, pk: int, upload_id: UUID) -> HttpResponseBase:
    """A photo, video or PDF of the conversation, for its two sides."""
    talk = own_talk(request, pk)
    try:
        return answer(request, queries.file_in(talk.thread, upload_id))
    except MessageFile.DoesNotExist as error:
        raise Http404 from error


def said_since(request: HttpRequest, talk: Talk, after: int) -> tuple[str, int]:
    """(the messages after that one as HTML, the last one's id), marked as read; ("", ``after``) if there are none."""
    found = queries.news(talk.thread, after=after)
    last = found.last_id or after
    reading.read(thread=talk.thread, side=talk.side, up_to=last, now=clock.now())
    if not found.messages:
        return "", last
    shown = {"bubbles": bubbles(found, talk, person(request)), "talk": talk}
    return render_to_string(SAID, shown, request=request), last


def _refused(request: HttpRequest, talk: Talk, form: MessageForm, files: Claimed, words: str) -> HttpResponse:
    if BY_SCRIPT in request.headers:
        return JsonResponse({"error": words}, status=422)
    return _show(request, talk, form, files, status=422)


def _show(
    request: HttpRequest, talk: Talk, form: MessageForm, files: Claimed | None = None, *, status: int = 200
) -> HttpResponse:
    now = clock.now()
    before = whole_number(request.GET.get("before"))
    shown = queries.window(talk.thread, before=before) if talk.thread.pk else queries.NOTHING_YET
    if shown.messages and shown.reaches_the_end:
        reading.read(thread=talk.thread, side=talk.side, up_to=shown.last_id, now=now)
    blocked = blocks_between(talk.thread.buyer_id, talk.thread.seller_id)
    context = {
        "talk": talk,
        "form": form,
        "files": files or Claimed(Upload.Purpose.CHAT),
        "window": shown,
        "bubbles": bubbles(shown, talk, person(request)),
        "earlier": shown.messages[0].pk if shown.previous else None,
        "answers_within": queries.usually_answers_within(talk.thread.seller_id, now=now) if talk.is_buyer else None,
        "has_blocked": talk.side in blocked,
        "is_blocked": bool(blocked),
    }
    return render(request, "storefront/messages/thread.html", context, status=status)
