"""One M-PESA access token for every process of the market, kept in the database that they share anyway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

import daraja
from sokopesa.payments.models import AccessToken


class _Slot:
    """The token's row, while we alone may replace it."""

    def __init__(self, app: str) -> None:
        self._app = app

    def read(self) -> daraja.Token | None:
        row = AccessToken.objects.filter(pk=self._app).first()
        return daraja.Token(row.value, row.expires_at) if row else None

    def write(self, token: daraja.Token) -> None:
        AccessToken.objects.update_or_create(
            app=self._app, defaults={"value": token.value, "expires_at": token.expires_at}
        )


class DatabaseTokenStore:
    """A `daraja.TokenStore`. An advisory lock of the session, not a transaction, is held while a token is fetched;
    PostgreSQL lets go of it if we die."""

    @contextmanager
    def hold(self, app: str) -> Iterator[daraja.TokenSlot]:
        """Wait until no other process fetches this app's token, and keep others waiting meanwhile."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('daraja-token'), hashtext(%s))", [app])
            try:
                yield _Slot(app)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('daraja-token'), hashtext(%s))", [app])
