from __future__ import annotations

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "sokopesa.reconciliation"

    def ready(self) -> None:
        from sokopesa.payouts.enquiring import HEARERS
        from sokopesa.reconciliation.enquiring import hear

        HEARERS.append(hear)
