"""What a request is: fields with their names on the wire and their rules, and how its answer is read."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from typing import Annotated, ClassVar, Generic, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

from daraja.environment import Environment
from daraja.errors import InvalidRequest
from daraja.reading import mask_msisdn
from daraja.reply import Reply
from daraja.rules import Rule, Unfit

Answer_co = TypeVar("Answer_co", covariant=True)
RequestClass = TypeVar("RequestClass")


@dataclasses.dataclass(frozen=True)
class Wire:
    """A field's name on the wire (None: not sent as it is) and its rule. To be used inside `Annotated`."""

    name: str | None
    rule: Rule


@dataclasses.dataclass(frozen=True)
class _Field:
    attribute: str
    wire: Wire
    optional: bool


class Request(ABC, Generic[Answer_co]):
    """One call of the API, as data. Checked when it is sent; holds no connection and does no I/O."""

    http_method: ClassVar[str] = "POST"
    path: ClassVar[str]
    repeatable: ClassVar[bool] = False
    """Whether asking twice is harmless: true only where no money can move and nobody is disturbed."""
    constants: ClassVar[Mapping[str, object]] = {}
    """Fields that are always the same on the wire."""

    def body(self, environment: Environment) -> Mapping[str, object] | list[object] | None:
        """The JSON to send. Raises `InvalidRequest`, naming the field, if anything is wrong."""
        return {**self.constants, **self.checked(environment)}

    def destination(self) -> tuple[str, str]:
        """The verb, and the path with any query."""
        return self.http_method, self.path

    def headers(self) -> dict[str, str]:
        """Headers that this call needs beside the usual ones."""
        return {}

    def checked(self, environment: Environment) -> dict[str, object]:
        """Every field that has a value, by its name on the wire, after its rule."""
        sent = {}
        for field in _fields(type(self)):
            value = getattr(self, field.attribute)
            if value is None and field.optional:
                continue
            try:
                result = field.wire.rule.check(value, environment)
            except Unfit as error:
                raise InvalidRequest(field.attribute, str(error)) from None
            if field.wire.name is not None:
                sent[field.wire.name] = result
        return sent

    @abstractmethod
    def answer(self, reply: Reply) -> Answer_co:
        """What the reply means. Raises `Refused` or `OutcomeUnknown`."""

    def __repr__(self) -> str:
        shown = []
        for field in _fields(type(self)):
            value, rule = getattr(self, field.attribute), field.wire.rule
            if rule.secret:
                shown.append(f"{field.attribute}=…")
            elif rule.personal:
                shown.append(f"{field.attribute}={mask_msisdn(str(value))!r}")
            else:
                shown.append(f"{field.attribute}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"


@dataclass_transform(frozen_default=True, kw_only_default=True)
def wire_request(cls: type[RequestClass]) -> type[RequestClass]:
    """Make a class of annotated fields a request: frozen, keyword-only, with a `repr` that shows no secret."""
    return dataclasses.dataclass(frozen=True, kw_only=True, repr=False)(cls)


def wire_fields(request: type[Request[object]]) -> dict[str, Wire]:
    """The fields of a request that have a rule, by attribute."""
    return {field.attribute: field.wire for field in _fields(request)}


@cache
def _fields(cls: type) -> tuple[_Field, ...]:
    found = []
    hints = get_type_hints(cls, include_extras=True)
    for field in dataclasses.fields(cls):
        hint = hints[field.name]
        wire = (
            next(part for part in get_args(hint) if isinstance(part, Wire)) if get_origin(hint) is Annotated else None
        )
        if wire is not None:
            found.append(_Field(field.name, wire, optional=field.default is None))
    return tuple(found)
