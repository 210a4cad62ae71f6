"""Carrying a conversation over HTTP, for threads and for tasks."""

import functools
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import httpx

from daraja.conversation import Conversation

Answer = TypeVar("Answer")


@functools.cache
def trusted_authorities() -> ssl.SSLContext:
    """The certificates that TLS trusts: slow to load, so loaded once for all clients."""
    return httpx.create_ssl_context()


def converse(
    http: httpx.Client, conversation: Conversation[Answer], obtain_token: Callable[[str | None], str | None]
) -> Answer:
    """Carry a conversation to its end. `obtain_token` is told which token was rejected, if one was."""
    while True:
        if seconds := conversation.wait():
            time.sleep(seconds)
        token = obtain_token(conversation.rejected_token)
        try:
            response = http.request(**conversation.sending(token))
        except httpx.HTTPError as failure:
            conversation.lost(failure)
        else:
            if (answer := conversation.heard(response)) is not None:
                return answer


async def converse_async(
    http: httpx.AsyncClient,
    conversation: Conversation[Answer],
    obtain_token: Callable[[str | None], Awaitable[str | None]],
) -> Answer:
    """Carry a conversation to its end, for tasks."""
    while True:
        if seconds := conversation.wait():
            await anyio.sleep(seconds)
        token = await obtain_token(conversation.rejected_token)
        try:
            response = await http.request(**conversation.sending(token))
        except httpx.HTTPError as failure:
            conversation.lost(failure)
        else:
            if (answer := conversation.heard(response)) is not None:
                return answer
