"""Draws every product picture anew."""

from __future__ import annotations

from sokopesa.demo.catalogue.pictures.gallery import write_all

write_all()
