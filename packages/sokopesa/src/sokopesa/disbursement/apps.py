from __future__ import annotations

from django.apps import AppConfig


class DisbursementConfig(AppConfig):
    name = "sokopesa.disbursement"
