"""Checking one value: of a declared parameter, or of one that only other models declare."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from limner.catalog.model import (
    BooleanParam,
    EnumParam,
    IntegerParam,
    Model,
    NumberParam,
    Param,
    Scalar,
    StringParam,
)
from limner.errors import InvalidParams

PLATFORM: dict[str, Param] = {
    "steps": IntegerParam(min=1, max=100),
    "output_compression": IntegerParam(min=0, max=100),
    "seed": IntegerParam(min=0, max=2**63 - 1),
    "strength": NumberParam(min=0, max=1, clamp=True),
    "prompt_revision": BooleanParam(),
}
"""Parameters with one meaning everywhere, whichever models declare them."""

LARGEST_NUMBER = 2**53
"""Above this a JSON number is no longer the same number everywhere."""


def checked(name: str, param: Param, value: object, *, of: str) -> tuple[Scalar, Scalar]:
    """The value to use and the value given. Raises InvalidParams with what is allowed."""
    if isinstance(param, EnumParam):
        return enum_value(name, param, value, of)
    if isinstance(param, IntegerParam):
        return integer(name, param, value, of)
    if isinstance(param, NumberParam):
        return number(name, param, value, of)
    if isinstance(param, BooleanParam):
        if not isinstance(value, bool):
            raise InvalidParams(f"{name} must be true or false", param=name)
        return value, value
    return words(name, param, value, of)


def enum_value(name: str, param: EnumParam, value: object, of: str) -> tuple[str, str]:
    if not isinstance(value, str):
        raise InvalidParams(f"{name} must be a string: {listed(param.values)}", param=name)
    used = param.adjust.get(value, value)
    if used not in param.values:
        raise InvalidParams(f"{name} of {of} must be {listed(param.values)}", param=name)
    return used, value


def integer(name: str, param: IntegerParam, value: object, of: str) -> tuple[int, int]:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, int) or not whole or not param.min <= value <= param.max:
        raise InvalidParams(
            f"{name} of {of} must be a whole number from {param.min} to {param.max}", param=name
        )
    return value, value


def number(name: str, param: NumberParam, value: object, of: str) -> tuple[float, float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidParams(f"{name} must be a number", param=name)
    told = math.isfinite(value) if isinstance(value, float) else abs(value) <= LARGEST_NUMBER
    used = min(max(value, param.min), param.max)
    if not told or (used != value and not param.clamp):
        raise InvalidParams(
            f"{name} of {of} must be from {param.min:g} to {param.max:g}", param=name
        )
    return used, value


def words(name: str, param: StringParam, value: object, of: str) -> tuple[str, str]:
    if not isinstance(value, str):
        raise InvalidParams(f"{name} must be a string", param=name)
    if len(value) > param.max_chars:
        raise InvalidParams(
            f"{name} has {len(value):,} characters; {of} takes at most {param.max_chars:,}",
            param=name,
        )
    check_text(name, value)
    return value, value


def check_text(name: str, value: str) -> None:
    """Refuse half a surrogate pair: it is in no encoding, so it could be sent to nobody."""
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidParams(f"{name} holds a character that is not Unicode text", param=name)


def listed(values: Iterable[str]) -> str:
    """`one of a, b, c`, or the only value."""
    known = list(values)
    return f"one of {', '.join(known)}" if len(known) > 1 else known[0]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What all models of a modality together understand by each parameter name."""

    params: Mapping[str, Mapping[str, Param]]

    @classmethod
    def of(cls, models: Iterable[Model]) -> "Vocabulary":
        merged: dict[str, dict[str, Param]] = {}
        for model in models:
            known = merged.setdefault(model.modality, {})
            for name, param in model.params.items():
                known[name] = widened(known.get(name), param)
        return cls({modality: known | PLATFORM for modality, known in merged.items()})

    @property
    def names(self) -> set[str]:
        """Every parameter that any model takes."""
        return set().union(*self.params.values())

    def knows(self, name: str) -> bool:
        """Whether any model takes a parameter of this name."""
        return any(name in known for known in self.params.values())

    def check(self, modality: str, name: str, value: object) -> None:
        """Refuse a value that no model would take; names nobody knows pass."""
        param = self.params.get(modality, PLATFORM).get(name)
        if param is not None:
            checked(name, param, value, of=f"every {modality} model")


def widened(known: Param | None, param: Param) -> Param:
    """The union of two models' ideas of a parameter; of different kinds, the first counts."""
    if isinstance(known, EnumParam) and isinstance(param, EnumParam):
        values = tuple(dict.fromkeys(known.values + param.values))
        return EnumParam(values=values, adjust=known.adjust | param.adjust)
    if isinstance(known, IntegerParam) and isinstance(param, IntegerParam):
        return IntegerParam(min=min(known.min, param.min), max=max(known.max, param.max))
    if isinstance(known, NumberParam) and isinstance(param, NumberParam):
        low, high = min(known.min, param.min), max(known.max, param.max)
        return NumberParam(min=low, max=high, clamp=known.clamp or param.clamp)
    if isinstance(known, StringParam) and isinstance(param, StringParam):
        return StringParam(max_chars=max(known.max_chars, param.max_chars))
    return known or param
