"""What a market may not start with."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sokopesa.configuration import Configuration

SOUND = {"secret_key": "x" * 50, "secure": True, "mpesa_callback_base_url": "https://soko.example"}


def test_production_starts_with_sound_settings() -> None:
    assert Configuration(mpesa_environment="production", **SOUND).mpesa_environment == "production"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": Configuration.model_fields["secret_key"].default}, "SOKOPESA_SECRET_KEY"),
        ({"debug": True}, "SOKOPESA_DEBUG"),
        ({"secure": False}, "SOKOPESA_SECURE"),
        ({"mpesa_callback_base_url": "http://soko.example"}, "SOKOPESA_MPESA_CALLBACK_BASE_URL"),
    ],
)
def test_production_refuses_what_suits_only_development(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Configuration(mpesa_environment="production", **{**SOUND, **change})
