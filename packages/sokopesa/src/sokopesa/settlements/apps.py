from __future__ import annotations

from django.apps import AppConfig


class SettlementsConfig(AppConfig):
    name = "sokopesa.settlements"

    def ready(self) -> None:
        from sokopesa.payouts.following import FOLLOWERS
        from sokopesa.payouts.models import Transfer
        from sokopesa.settlements.following import follow

        FOLLOWERS[Transfer.Purpose.SETTLEMENT] = follow
