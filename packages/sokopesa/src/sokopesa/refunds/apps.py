from __future__ import annotations

from django.apps import AppConfig


class RefundsConfig(AppConfig):
    name = "sokopesa.refunds"
