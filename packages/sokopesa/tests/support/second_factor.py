"""People with a second factor, for tests that are about something else."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.test import Client

from sokopesa.faces.second_factor import freshness
from sokopesa.kernel import clock
from sokopesa.people import factors
from sokopesa.people.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
"""Of everybody's app."""


def fresh_factor(client: Client) -> Client:
    """Whoever is signed in here has a second factor and gave it a moment ago, without having to type a code."""
    session = client.session
    user = User.objects.get(pk=session[SESSION_KEY])
    factors.plant(user=user, secret=SECRET)
    factor = factors.factor_of(user)
    assert factor is not None
    session[freshness.KEY] = {"user": user.pk, "factor": factor.pk, "at": clock.now().isoformat()}
    session.save()
    return client
