"""What an SMS can hold: 160 characters of the GSM 7-bit alphabet (3GPP TS 23.038), or 70 of any other.

One character from outside would more than halve the room, so what people typed is brought into the alphabet.
"""

from __future__ import annotations

import unicodedata

ROOM = 160
"""Characters of one SMS."""

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The characters that take one place each. Those of the extension table take two, and are left out."""

_INSTEAD = {
    **dict.fromkeys("‘’ʼ`´", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‐‑–—−~", "-"),
    **dict.fromkeys("[{", "("),
    **dict.fromkeys("]}", ")"),
    **dict.fromkeys("\\|", "/"),
    "…": "...",
    "€": "EUR ",
}
_CUT = ".."


def fit(text: str, room: int) -> str:
    """The text on one line, in the alphabet, cut to ``room`` characters; empty if nothing of it can be written."""
    plain = " ".join("".join(map(_plain, text)).split())
    if len(plain) <= room:
        return plain
    return plain[: room - len(_CUT)].rstrip(" .,") + _CUT


def _plain(character: str) -> str:
    if character.isspace():
        return " "
    if character in ALPHABET:
        return character
    if character in _INSTEAD:
        return _INSTEAD[character]
    return "".join(one for one in unicodedata.normalize("NFKD", character) if one in ALPHABET and not one.isspace())
