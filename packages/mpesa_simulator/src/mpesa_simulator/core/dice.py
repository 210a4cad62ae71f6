"""Chance that can be repeated.

Every draw is named: the seed and the name give the number, whatever was drawn before. So a run repeats under
virtual time even when two clients race, and a network that was restarted goes on as if it had not been.
"""

from hashlib import blake2b

_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Dice:
    """Draws that depend on nothing but `seed` and their own name."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._key = str(seed).encode()[:64]

    def number(self, *name: str | int) -> int:
        """An integer from 0 up to 2**128."""
        text = "\x1f".join(map(str, name)).encode()
        return int.from_bytes(blake2b(text, key=self._key, digest_size=16).digest(), "big")

    def chance(self, probability: float, *name: str | int) -> bool:
        """True in `probability` of all draws."""
        return self.number(*name) / 2**128 < probability

    def hex(self, length: int, *name: str | int) -> str:
        """`length` (at most 32) lower-case hexadecimal digits."""
        return f"{self.number(*name):032x}"[:length]

    def alphanumeric(self, length: int, *name: str | int) -> str:
        """`length` letters and digits, as in an access token."""
        number, characters = self.number("a", *name) << 128 | self.number("b", *name), []
        for _ in range(length):
            number, place = divmod(number, len(_ALPHANUMERIC))
            characters.append(_ALPHANUMERIC[place])
        return "".join(characters)
