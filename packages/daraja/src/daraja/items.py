"""M-PESA's lists of named values, in every shape they come in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_WRAPPERS = ("ResultParameters", "ResultParameter", "ReferenceItem", "Item", "ResponseData", "responseData")


@dataclass(frozen=True, slots=True)
class Items:
    """Named values in their order. Names can repeat, and an item without a value has None.

    Lookups ignore case and spaces in names, which have changed over the years (`Conversation ID`).
    """

    pairs: tuple[tuple[str, object], ...] = ()

    def first(self, *names: str) -> object:
        """The value of the first item that has one of these names, names tried in order; None if there is none."""
        for wanted in map(_plain, names):
            for name, value in self.pairs:
                if _plain(name) == wanted:
                    return value
        return None

    def all(self, name: str) -> list[object]:
        """The values of every item of this name."""
        wanted = _plain(name)
        return [value for own, value in self.pairs if _plain(own) == wanted]

    def without(self, *names: str) -> "Items":
        """The items that have none of these names."""
        known = set(map(_plain, names))
        return Items(tuple(pair for pair in self.pairs if _plain(pair[0]) not in known))

    def __iter__(self) -> Iterator[tuple[str, object]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


def _plain(name: str) -> str:
    return name.replace(" ", "").lower()


def read_items(found: object) -> Items:
    """Items from a list of them, from a single one, or from either inside its wrappers; none from anything else."""
    return Items(tuple(_pairs(found)))


def _pairs(found: object) -> Iterator[tuple[str, object]]:
    if isinstance(found, list):
        for item in found:
            yield from _pairs(item)
    elif isinstance(found, Mapping):
        for key in ("Key", "Name", "name"):
            if isinstance(name := found.get(key), str):
                yield name, found.get("Value", found.get("value"))
                return
        for wrapper in _WRAPPERS:
            if wrapper in found:
                yield from _pairs(found[wrapper])
