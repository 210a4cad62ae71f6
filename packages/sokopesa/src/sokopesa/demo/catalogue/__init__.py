"""A believable shop for demos: sellers, shelves, goods with drawn pictures, offers and a dated exchange rate."""

from __future__ import annotations

from datetime import datetime


def plant(now: datetime) -> None:
    """Plant what is missing of the demo's shop; see `sokopesa.demo.catalogue.planting.plant`."""
    from sokopesa.demo.catalogue import planting  # the pictures are drawn without Django's models

    planting.plant(now)
