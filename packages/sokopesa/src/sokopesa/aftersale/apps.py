from __future__ import annotations

from django.apps import AppConfig


class AftersaleConfig(AppConfig):
    name = "sokopesa.aftersale"
