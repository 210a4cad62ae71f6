"""The `daraja` command."""

from daraja.cli.commands import main

__all__ = ["main"]
