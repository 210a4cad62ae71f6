from __future__ import annotations

from django.apps import AppConfig


class DisbursementConfig(AppConfig):
    name = "sokopesa.disbursement"

    def ready(self) -> None:
        """Hear what becomes of refunds' transfers."""
        from sokopesa.disbursement.following import follow
        from sokopesa.payouts.following import FOLLOWERS
        from sokopesa.payouts.models import Transfer

        FOLLOWERS[Transfer.Purpose.REFUND] = follow
