"""A Flask view: `app.post("/pay/<token>")(callback_view(webhook, name="payment"))`."""

from collections.abc import Callable
from typing import Any

from flask import Response, jsonify, request

from daraja.webhooks.reception import Webhook


def callback_view(webhook: Webhook[Any], *, name: str) -> Callable[..., Response]:
    """A view, known to Flask by this name."""

    def view(**path: str) -> Response:
        answer = webhook.receive(request.get_data(), address=request.remote_addr or "", path=path)
        response = jsonify(dict(answer.content))
        response.status_code = answer.status
        return response

    view.__name__ = name
    return view
