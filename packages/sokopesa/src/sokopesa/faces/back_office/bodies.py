"""Messages from outside as text that can be looked at safely. Nobody who posts to the door is to be trusted: what is
not printable is spelled out, and what should not be read over a shoulder is hidden.

The result is plain text; the template escapes it as it escapes everything.
"""

from __future__ import annotations

import json
import re
from typing import Any

from sokopesa.kernel.phone import KENYA, masked

MOST_CHARACTERS = 20_000
HIDDEN = "••••"
_SECRET = re.compile(
    r"(?<![a-z])pin(?![a-z])|pass(word|key|code)|credential|secret|authorization|cookie|api.?key", re.I
)
_SECRET_IN_TEXT = re.compile(
    r"(?i)((?<![a-z])pin|passw(?:or)?d|passkey|passcode|securitycredential|secret)(\W{1,6})(\w[^\s\"'&,;<>}]*)"
)
_PHONE = re.compile(r"(?<![0-9A-Za-z])(?:\+?254|0)([17][0-9]{8})(?![0-9A-Za-z])")


def readable(body: bytes) -> str:
    """The body: JSON indented, anything else as it is; numbers of phones masked, PINs and secrets hidden."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        told = json.loads(text, object_pairs_hook=_each_name_once)
        text = json.dumps(_hide(told), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = mask(_SECRET_IN_TEXT.sub(rf"\1\2{HIDDEN}", text))
    if len(text) > MOST_CHARACTERS:
        text = f"{text[:MOST_CHARACTERS]}\n… and {len(text) - MOST_CHARACTERS:,} characters more"
    return _spelled_out(text)


def readable_headers(headers: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values by name, masked and hidden as bodies are."""
    return [
        (_spelled_out(name), HIDDEN if _SECRET.search(name) else _spelled_out(mask(str(value))))
        for name, value in sorted(headers.items())
    ]


def mask(text: str) -> str:
    """The text with the middle of every Kenyan phone number hidden."""
    return _PHONE.sub(lambda found: masked(KENYA + found[1]), text)


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON that names something twice is shown as it came: which of the two counts is the reader's to see."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise ValueError("a name stands twice")
    return told


def _hide(told: Any) -> Any:
    if isinstance(told, dict):
        return {mask(name): HIDDEN if _SECRET.search(name) else _hide(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_hide(value) for value in told]
    if isinstance(told, str):
        return mask(_SECRET_IN_TEXT.sub(rf"\1\2{HIDDEN}", told))
    if isinstance(told, int | float) and not isinstance(told, bool):
        shown = mask(str(told))
        return told if shown == str(told) else shown
    return told


def _spelled_out(text: str) -> str:
    """Characters that cannot be seen, or that turn text around, written as their codes."""
    return "".join(
        character if character.isprintable() or character == "\n" else f"\\u{ord(character):04x}" for character in text
    )
