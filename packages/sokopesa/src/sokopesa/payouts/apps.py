from __future__ import annotations

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    name = "sokopesa.payouts"

    def ready(self) -> None:
        from sokopesa.payouts.tracking import steps_of
        from sokopesa.refunds.tracking import TELLERS

        TELLERS.append(steps_of)
