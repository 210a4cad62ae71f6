"""Addresses under ``/demo/``, which no other market has."""

from __future__ import annotations

from django.urls import path

from sokopesa.demo import authenticator

app_name = "demo"

urlpatterns = [path("authenticator/", authenticator.page, name="authenticator")]
