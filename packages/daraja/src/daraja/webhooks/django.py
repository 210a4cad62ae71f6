"""A Django view: `path("pay/<str:token>", callback_view(webhook))`."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from daraja.webhooks.reception import Webhook


def callback_view(webhook: Webhook[Any]) -> Callable[..., HttpResponse]:
    """A view that needs no CSRF token and takes POST only."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest, **path: str) -> HttpResponse:
        answer = webhook.receive(request.body, address=request.META.get("REMOTE_ADDR", ""), path=path)
        return JsonResponse(dict(answer.content), status=answer.status)

    return view
