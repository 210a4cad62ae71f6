"""Lines of two sides: each kind of case by hand, many by chance, and what plain Python says of them."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import NamedTuple

from auditor.matching import Tolerance

T = 1_772_400_000
"""Noon in Nairobi on 2 March 2026, in seconds since 1970."""


class Line(NamedTuple):
    id: int
    receipt: str
    reference: str
    msisdn: str
    cents: int
    seconds: int


OURS = [
    Line(1, "R1", "", "", 100, T), Line(2, "R2", "", "", 100, T),
    Line(3, "R3", "", "", 60, T), Line(4, "R3", "", "", 40, T),
    Line(5, "R4", "", "", 100, T), Line(6, "R4", "", "", 100, T),
    Line(7, "R5", "", "", 100, T), Line(8, "R6", "", "", 100, T + 90_000),
    Line(9, "R7", "", "", 100, T), Line(10, "R8", "SP9", "25470", 100, T),
    Line(11, "", "SP1", "", 100, T), Line(12, "", "SP2", "25471", 500, T),
    Line(13, "", "", "25472", 700, T), Line(14, "", "", "25473", 700, T), Line(15, "", "", "25473", 700, T),
    Line(16, "", "", "25474", 700, T), Line(17, "RA", "", "", 5, T), Line(18, "RA", "", "", 5, T),
]  # fmt: skip
THEIRS = [
    Line(1, "R1", "", "", 100, T), Line(2, "R2", "", "", 101, T), Line(3, "R3", "", "", 100, T),
    Line(4, "R4", "", "", 100, T), Line(5, "R5", "", "", 50, T), Line(6, "R5", "", "", 50, T),
    Line(7, "R6", "", "", 100, T), Line(8, "R7", "", "", 100, T), Line(9, "R7", "", "", 100, T),
    Line(10, "T1", "SP9", "25470", 100, T), Line(11, "T2", "SP1", "", 100, T), Line(12, "T3", "SP2", "25471", 400, T),
    Line(13, "T4", "", "25472", 700, T + 60), Line(14, "T5", "", "25473", 700, T),
    Line(15, "T6", "", "25474", 700, T + 3_600), Line(16, "T7", "", "", 9, T),
    Line(17, "RA", "", "", 4, T), Line(18, "RA", "", "", 6, T),
]  # fmt: skip
EXPECTED = {
    ("none", "R8", "missing-theirs", 1, 0, 100, 0),
    ("none", "T1", "missing-ours", 0, 1, 0, 100),
    ("none", "T5", "missing-ours", 0, 1, 0, 700),
    ("none", "T6", "missing-ours", 0, 1, 0, 700),
    ("none", "T7", "missing-ours", 0, 1, 0, 9),
    ("none", "ours:14", "missing-theirs", 1, 0, 700, 0),
    ("none", "ours:15", "missing-theirs", 1, 0, 700, 0),
    ("none", "ours:16", "missing-theirs", 1, 0, 700, 0),
    ("number", "25472", "matched", 1, 1, 700, 700),
    ("receipt", "R1", "matched", 1, 1, 100, 100),
    ("receipt", "R2", "amount", 1, 1, 100, 101),
    ("receipt", "R3", "one-to-many", 2, 1, 100, 100),
    ("receipt", "R4", "duplicate-ours", 2, 1, 200, 100),
    ("receipt", "R5", "many-to-one", 1, 2, 100, 100),
    ("receipt", "R6", "late", 1, 1, 100, 100),
    ("receipt", "R7", "duplicate-theirs", 1, 2, 100, 200),
    ("receipt", "RA", "many-to-many", 2, 2, 10, 10),
    ("reference", "SP1", "matched", 1, 1, 100, 100),
    ("reference", "SP2", "amount", 1, 1, 500, 400),
}

Case = tuple[str, str, str, int, int, int, int]


def by_chance(seed: int, count: int) -> tuple[list[Line], list[Line]]:
    """Lines that collide in every way: few receipts, references, numbers and amounts, some of them empty."""
    chance = Random(seed)

    def side() -> list[Line]:
        return [
            Line(
                number,
                chance.choice(["", f"R{chance.randrange(count)}"]),
                chance.choice(["", f"SP{chance.randrange(count)}"]),
                chance.choice(["", f"2547{chance.randrange(count // 2 + 1)}"]),
                chance.choice([100, 200, 300, 50]),
                T + chance.choice([0, 60, 500, 700, 90_000]),
            )
            for number in range(count)
        ]

    return side(), side()


def plainly(ours: list[Line], theirs: list[Line], allowed: Tolerance) -> set[Case]:
    """The same rules once more, a line at a time."""
    cases: set[Case] = set()
    our_receipts, their_receipts = _by(ours, "receipt"), _by(theirs, "receipt")
    for receipt, lines in our_receipts.items():
        others = their_receipts.get(receipt, [])
        cases.add(_case("receipt" if others else "none", receipt, lines, others, allowed))
    left = [line for line in ours if not line.receipt]
    right = [line for line in theirs if line.receipt not in our_receipts]
    references = _by(left, "reference").keys() & _by(right, "reference").keys()
    for reference in references:
        lines, others = _by(left, "reference")[reference], _by(right, "reference")[reference]
        cases.add(_case("reference", reference, lines, others, allowed))
    left = [line for line in left if line.reference not in references]
    right = [line for line in right if line.reference not in references]
    for line in [*left]:
        mine = [other for other in left if _same(line, other)]
        met = [other for other in right if _same(line, other)]
        if line.msisdn and len(mine) == len(met) == 1 and abs(line.seconds - met[0].seconds) <= allowed.near:
            cases.add(("number", line.msisdn, "matched", 1, 1, line.cents, line.cents))
            left.remove(line)
            right.remove(met[0])
    cases |= {_case("none", f"ours:{line.id}", [line], [], allowed) for line in left}
    alone: dict[str, list[Line]] = defaultdict(list)
    for line in right:
        alone[line.receipt or f"theirs:{line.id}"].append(line)
    return cases | {_case("none", key, [], lines, allowed) for key, lines in alone.items()}


def _same(line: Line, other: Line) -> bool:
    return (line.msisdn, line.cents) == (other.msisdn, other.cents)


def _by(lines: list[Line], what: str) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if getattr(line, what):
            found[getattr(line, what)].append(line)
    return found


def _case(rule: str, key: str, ours: list[Line], theirs: list[Line], allowed: Tolerance) -> Case:
    mine, other = sum(line.cents for line in ours), sum(line.cents for line in theirs)
    return (rule, key, _verdict(ours, theirs, allowed), len(ours), len(theirs), mine, other)


def _verdict(ours: list[Line], theirs: list[Line], allowed: Tolerance) -> str:
    mine, other = [line.cents for line in ours], [line.cents for line in theirs]
    if not ours or not theirs:
        return "missing-theirs" if ours else "missing-ours"
    if abs(sum(mine) - sum(other)) <= allowed.cents:
        if len(mine) == len(other) == 1:
            apart = abs(ours[0].seconds - theirs[0].seconds)
            return "late" if apart > allowed.late else "matched"
        return {(True, False): "many-to-one", (False, True): "one-to-many"}.get(
            (len(mine) == 1, len(other) == 1), "many-to-many"
        )
    if len(other) == 1 < len(mine) and set(mine) == set(other):
        return "duplicate-ours"
    if len(mine) == 1 < len(other) and set(mine) == set(other):
        return "duplicate-theirs"
    return "amount"
