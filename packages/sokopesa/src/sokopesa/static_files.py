"""Static files under names that change with their contents, so that browsers may keep them for ever."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from servestatic.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):
    """A file that is gone gives a broken picture, never a broken page: old orders name pictures of long ago."""

    def url(self, name: str, force: bool = False) -> str:
        """The address of a file, with the mark of its contents where it is known."""
        try:
            return str(super().url(name, force))
        except ValueError:
            return urljoin(str(settings.STATIC_URL), name)
