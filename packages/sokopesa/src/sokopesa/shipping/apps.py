from __future__ import annotations

from django.apps import AppConfig


class ShippingConfig(AppConfig):
    name = "sokopesa.shipping"

    def ready(self) -> None:
        from sokopesa.orders.pieces import FOLLOWERS
        from sokopesa.shipping.parcels import follow_pieces

        FOLLOWERS.append(follow_pieces)
