"""What is typed on a command line, as the market stores it."""

from __future__ import annotations

import typer


def msisdn(typed: str) -> str:
    """The MSISDN of a phone number written in any way. Raises `typer.BadParameter`."""
    from sokopesa.kernel.phone import PhoneRefused, normalise

    try:
        return normalise(typed)
    except PhoneRefused as refusal:
        raise typer.BadParameter(str(refusal)) from None
