"""What a market may not start with."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sokopesa.configuration import Configuration

SOUND = {
    "secret_key": "x" * 50,
    "secure": True,
    "media_root": "/srv/sokopesa/media",
    "mpesa_callback_base_url": "https://soko.example",
    "sms_provider": "africastalking",
    "africastalking_key": "key",
}


def test_production_starts_with_sound_settings() -> None:
    assert Configuration(mpesa_environment="production", **SOUND).mpesa_environment == "production"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": Configuration.model_fields["secret_key"].default}, "SOKOPESA_SECRET_KEY"),
        ({"debug": True}, "SOKOPESA_DEBUG"),
        ({"demo": True}, "SOKOPESA_DEMO"),
        ({"secure": False}, "SOKOPESA_SECURE"),
        ({"mpesa_callback_base_url": "http://soko.example"}, "SOKOPESA_MPESA_CALLBACK_BASE_URL"),
        ({"sms_provider": "log"}, "SOKOPESA_SMS_PROVIDER"),
        ({"media_root": ".sokopesa/media"}, "SOKOPESA_MEDIA_ROOT"),
    ],
)
def test_production_refuses_what_suits_only_development(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Configuration(mpesa_environment="production", **{**SOUND, **change})


def test_the_sandbox_is_not_asked_more_often_than_it_allows_unless_told_to() -> None:
    assert Configuration(mpesa_environment="sandbox").mpesa_queries_per_minute == 5
    assert Configuration(mpesa_environment="sandbox", mpesa_queries_per_minute=30).mpesa_queries_per_minute == 30
    assert Configuration(mpesa_environment="simulator").mpesa_queries_per_minute > 5


@pytest.mark.parametrize("half", [{}, {"mpesa_initiator_password": "x"}, {"mpesa_certificate": "production.cer"}])
def test_half_an_api_operator_is_found_at_the_start(half: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="SOKOPESA_MPESA_SECURITY_CREDENTIAL"):
        Configuration(mpesa_initiator="api", **half)
    assert Configuration(mpesa_initiator="api", mpesa_security_credential="x").mpesa_initiator == "api"


@pytest.mark.parametrize("typed", ["0711 000 200", "+254711000200", "254711000200"])
def test_the_operators_phone_may_be_typed_in_any_way(typed: str) -> None:
    assert Configuration(operator_phone=typed).operator_phone == "254711000200"


@pytest.mark.parametrize(
    ("setting", "typed"),
    [("operator_phone", "0711"), ("operator_phone", "help"), ("mpesa_callback_addresses", "196.201.214.200,localhost")],
)
def test_a_typing_mistake_is_found_at_the_start(setting: str, typed: str) -> None:
    with pytest.raises(ValidationError):
        Configuration(**{setting: typed})


def test_addresses_may_be_listed_loosely() -> None:
    assert Configuration(mpesa_callback_addresses=" 10.0.0.1, ,10.1.0.0/16,").mpesa_callback_addresses == (
        "10.0.0.1/32,10.1.0.0/16"
    )
