"""Django, ready for commands that are not its own."""

from __future__ import annotations

import os


def set_up_django() -> None:
    """Load settings and apps. Rooms' models can be imported only afterwards."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    import django

    django.setup()
