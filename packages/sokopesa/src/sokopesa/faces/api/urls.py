"""The API's addresses and its OpenAPI document."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from sokopesa.faces.api.problems import answer_problems
from sokopesa.faces.api.tokens import Token
from sokopesa.faces.api.views import router


class _Json(BaseRenderer):
    """Days, times and ids as pydantic writes them."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return to_json(data)


api = NinjaAPI(
    title="Sokopesa",
    version="1.0.0",
    description="Buy on Sokopesa from a program: put goods into the basket, check out, have a phone asked to pay.",
    auth=Token(),
    renderer=_Json(),
    docs_url=None,
)
api.add_router("", router)
answer_problems(api)

urlpatterns = [path("v1/", api.urls)]
