"""Django, ready for commands that are not its own."""

from __future__ import annotations

import os

import typer


def set_up_django() -> None:
    """Load settings and apps. Rooms' models can be imported only afterwards.

    Without a database there is nothing to command: says so and exits with 2, which is never a verdict on the books.
    """
    from django.conf import settings

    if "DATABASE_URL" not in os.environ and not settings.configured:
        typer.echo("Set DATABASE_URL to the market's database. `make demo` prints that of the demo.", err=True)
        raise typer.Exit(2)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sokopesa.settings")
    import django

    django.setup()
