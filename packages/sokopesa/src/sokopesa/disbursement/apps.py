from __future__ import annotations

from django.apps import AppConfig


class DisbursementConfig(AppConfig):
    name = "sokopesa.disbursement"

    def ready(self) -> None:
        """Hear what becomes of refunds' transfers, and tell buyers in which file and disbursement theirs stands."""
        from sokopesa.disbursement.following import follow
        from sokopesa.disbursement.tracking import steps_of
        from sokopesa.payouts.following import FOLLOWERS
        from sokopesa.payouts.models import Transfer
        from sokopesa.refunds.tracking import TELLERS

        FOLLOWERS[Transfer.Purpose.REFUND] = follow
        TELLERS.append(steps_of)
