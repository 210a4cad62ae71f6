"""A believable shop for demos: sellers, shelves, goods with drawn pictures, offers and a dated exchange rate."""

from __future__ import annotations

from sokopesa.demo.catalogue.planting import plant

__all__ = ["plant"]
