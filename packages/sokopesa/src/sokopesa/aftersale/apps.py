from __future__ import annotations

from django.apps import AppConfig


class AftersaleConfig(AppConfig):
    name = "sokopesa.aftersale"

    def ready(self) -> None:
        from sokopesa.aftersale.cancelling import overtake
        from sokopesa.aftersale.disputes.stages import rest
        from sokopesa.orders.pieces import FOLLOWERS

        FOLLOWERS.extend([overtake, rest])
