"""A FastAPI endpoint: `app.add_api_route("/pay/{token}", callback_endpoint(webhook), methods=["POST"])`."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from daraja.webhooks.reception import Webhook


def callback_endpoint(webhook: Webhook[Any]) -> Callable[[Request], Awaitable[JSONResponse]]:
    """An endpoint that handles in a worker thread, so that a handler may wait for its database."""

    async def receive_callback(request: Request) -> JSONResponse:
        address = request.client.host if request.client else ""
        body = await request.body()
        answer = await run_in_threadpool(webhook.receive, body, address=address, path=dict(request.path_params))
        return JSONResponse(dict(answer.content), status_code=answer.status)

    return receive_callback
