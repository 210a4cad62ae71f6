"""M-PESA's lists of named values, in every shape they come in."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

_WRAPPERS = ("ResultParameters", "ResultParameter", "ReferenceItem", "Item", "ResponseData", "responseData")


class Items:
    """Named values in their order. Names can repeat, and an item without a value has None.

    Lookups ignore case and spaces in names, which have changed over the years (`Conversation ID`).
    """

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, object]] = ()) -> None:
        self.pairs = tuple(pairs)
        self._first: dict[str, object] = {}
        for name, value in self.pairs:
            self._first.setdefault(_plain(name), value)

    def first(self, *names: str) -> object:
        """The value of the first item that has one of these names, names tried in order; None if there is none."""
        for name in names:
            if (plain := _plain(name)) in self._first:
                return self._first[plain]
        return None

    def all(self, name: str) -> list[object]:
        """The values of every item of this name."""
        wanted = _plain(name)
        return [value for own, value in self.pairs if _plain(own) == wanted]

    def without(self, *names: str) -> "Items":
        """The items that have none of these names."""
        known = set(map(_plain, names))
        return Items(pair for pair in self.pairs if _plain(pair[0]) not in known)

    def __iter__(self) -> Iterator[tuple[str, object]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Items) and self.pairs == other.pairs

    def __hash__(self) -> int:
        return hash(tuple(name for name, _ in self.pairs))

    def __repr__(self) -> str:
        return f"Items({[name for name, _ in self.pairs]})"


@lru_cache(maxsize=512)
def _plain(name: str) -> str:
    return name.replace(" ", "").lower()


def read_items(found: object) -> Items:
    """Items from a list of them, from a single one, or from either inside its wrappers; none from anything else."""
    pairs: list[tuple[str, object]] = []
    _collect(found, pairs)
    return Items(pairs)


def _collect(found: object, pairs: list[tuple[str, object]]) -> None:
    if isinstance(found, list):
        for item in found:
            _collect(item, pairs)
    elif isinstance(found, dict):
        name = found.get("Name") or found.get("Key") or found.get("name")
        if isinstance(name, str):
            pairs.append((name, found.get("Value", found.get("value"))))
            return
        for wrapper in _WRAPPERS:
            if wrapper in found:
                _collect(found[wrapper], pairs)
