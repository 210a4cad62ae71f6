"""Reading what shoppers type: which words the catalogue knows, and what was meant by those that it does not.

A word is read as itself and as its English stem. One that the catalogue does not know may be unfinished, and is read as
the commonest words that begin with it; or mistyped, and is read as the nearest name of the catalogue, if one is near.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sokopesa.catalog.slips import distance, slips_forgiven, ways_to_mistype
from sokopesa.kernel.database import fetch

MAX_WORDS = 8
"""Words beyond this many are passed over: nobody describes goods at such length, but attackers do."""
MAX_BEGINNINGS = 20
"""So many words that begin as an unfinished one are looked for: reading all of a short one's would cost too much."""

_WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]{1,40}")

_READ = """
SELECT typed.word, ts_lexize('english_stem', typed.word),
    EXISTS (
        SELECT FROM catalog_knownword WHERE word = ANY (typed.word || ts_lexize('english_stem', typed.word))),
    ARRAY(
        SELECT known.word FROM catalog_knownword AS known
        WHERE known.word >= typed.word AND known.word < typed.word || chr(1114111)
        ORDER BY products DESC, known.word LIMIT %(most)s)
FROM (SELECT word COLLATE "C", place FROM unnest(%(words)s::text[]) WITH ORDINALITY AS given(word, place)) AS typed
ORDER BY place
"""
_NEAR = """
SELECT DISTINCT known.word, known.products, ts_lexize('english_stem', known.word)
FROM catalog_wordslip AS slip JOIN catalog_knownword AS known ON known.word = slip.word_id AND known.is_name
WHERE slip.slip = ANY (%s::text[])
"""


@dataclass(frozen=True)
class Word:
    """A typed word. ``meant`` is the catalogue's own word where the typed one was taken for a slip. ``forms`` are those
    of which any one will do, none where it says nothing by itself (such as "the")."""

    typed: str
    meant: str
    forms: tuple[str, ...]
    is_known: bool

    @property
    def is_corrected(self) -> bool:
        """Whether it was not taken as it was typed."""
        return self.meant != self.typed


@dataclass(frozen=True)
class Reading:
    """What a shopper looks for: ``words`` that say something, at least one."""

    words: tuple[Word, ...]

    @property
    def is_corrected(self) -> bool:
        """Whether a word was not taken as it was typed."""
        return any(word.is_corrected for word in self.words)

    @property
    def corrected(self) -> str:
        """The words as they were taken, for people to read; "" where they were taken as they were typed."""
        return " ".join(word.meant for word in self.words) if self.is_corrected else ""

    def every(self, mark: str = "") -> str:
        """As PostgreSQL's text of a tsquery: all of the words, with a mark before each (``~`` stands in titles)."""
        return " & ".join(f"({_any_of(word.forms, mark)})" for word in self.words)

    def some(self, mark: str = "") -> str:
        """As PostgreSQL's text of a tsquery: at least one of the words."""
        return _any_of([form for word in self.words for form in word.forms], mark)


@dataclass(frozen=True)
class _Name:
    word: str
    products: int
    stems: list[str] | None


def words_of(text: str) -> list[str]:
    """The words to look for, without signs that mean something to a query, each once, at most `MAX_WORDS`."""
    return list(dict.fromkeys(_WORD.findall(text.casefold())))[:MAX_WORDS]


def read(text: str, *, as_typed: bool = False) -> Reading | None:
    """What the text asks for, ``as_typed`` without corrections; None when it has no words. One query, or two when a
    word is unknown."""
    words = words_of(text)
    if not words:
        return None
    found = [_word(*row) for row in fetch(_READ, {"words": words, "most": MAX_BEGINNINGS})]
    telling = [word for word in found if word.forms or not word.is_known] or [_plain(word) for word in words]
    if not as_typed and (unknown := [word.typed for word in telling if not word.is_known and not word.forms]):
        names = [_Name(*row) for row in fetch(_NEAR, [sorted(set().union(*map(ways_to_mistype, unknown)))])]
        telling = [_meant(word, names) if word.typed in unknown else word for word in telling]
    return Reading(tuple(word if word.forms else _plain(word.typed) for word in telling))


def quoted(lexeme: str) -> str:
    """A lexeme as the text of a tsquery has it."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _word(typed: str, stems: list[str] | None, is_known: bool, beginnings: list[str]) -> Word:
    if stems == []:  # a word such as "the", which is in no index
        return Word(typed, typed, (), is_known=True)
    own = (typed, *(stems or ()))
    return Word(typed, typed, tuple(dict.fromkeys(own if is_known else beginnings)), is_known=is_known)


def _plain(typed: str) -> Word:
    return Word(typed, typed, (typed,), is_known=False)


def _meant(typed: Word, names: list[_Name]) -> Word:
    """The nearest name, of equally near ones one with the same first letter, then the commonest."""
    near = [
        (away, name.word[0] != typed.typed[0], -name.products, name.word, name.stems)
        for name in names
        if (away := distance(typed.typed, name.word)) <= slips_forgiven(typed.typed)
    ]
    if not near:
        return typed
    *_, meant, stems = min(near)
    return Word(typed.typed, meant, tuple(dict.fromkeys((meant, *(stems or ())))), is_known=True)


def _any_of(forms: Iterable[str], mark: str = "") -> str:
    return " | ".join(quoted(mark + form) for form in forms)
