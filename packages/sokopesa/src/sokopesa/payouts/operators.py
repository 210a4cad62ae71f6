"""Our shortcodes that pay out, and the API operators on whose behalf each of them does."""

from __future__ import annotations

import hmac

import daraja
from sokopesa.configuration import CONFIGURATION
from sokopesa.payments import gateway
from sokopesa.payouts.models import Transfer


def shortcode_for(via: str) -> str:
    """A reversal takes the money out of the paybill that was paid; all else is paid from the B2C shortcode."""
    return CONFIGURATION.mpesa_shortcode if via == Transfer.Via.REVERSAL else CONFIGURATION.mpesa_b2c_shortcode


def operator_of(shortcode: str) -> daraja.Initiator | None:
    """The operator of one of our shortcodes, if there is one.

    Raises:
        daraja.InvalidRequest: the certificate cannot be read, or does not fit.
    """
    if shortcode == CONFIGURATION.mpesa_b2c_shortcode:
        return gateway.b2c_initiator()
    return gateway.initiator() if shortcode == CONFIGURATION.mpesa_shortcode else None


def fingerprint(shortcode: str) -> str:
    """What tells this operator's name and credential from others, and nothing else about them."""
    account = "mpesa_b2c" if shortcode == CONFIGURATION.mpesa_b2c_shortcode else "mpesa"
    name = getattr(CONFIGURATION, f"{account}_initiator")
    secrets = (getattr(CONFIGURATION, f"{account}_{part}") for part in ("security_credential", "initiator_password"))
    told = "\n".join([name, *(secret.get_secret_value() for secret in secrets)])
    return hmac.new(CONFIGURATION.secret_key.get_secret_value().encode(), told.encode(), "sha256").hexdigest()
