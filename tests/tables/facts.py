"""What providers take, as their own documents say, held against what limner really sends.

A sheet has a table for each family, and for models that differ from their family one named
`FAMILY/MODEL`. A cell is a word for all values that are tried, or a word for each of some.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from tests.tables.families import Family, family
from tests.tables.probing import PROMPT, Fate, last

from limner.catalog.model import Scalar

SHEETS = Path(__file__).parent / "sheets"
DIFFERENCES = Path(__file__).parent / "differences.toml"

NOT_ON_THE_WIRE = ("emulated", "ignored", "warned", "unsent")
Cell: TypeAlias = str | dict[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """One cell of a sheet, for one model; `beside` are other parameters that are sent with it."""

    family: Family
    model: str
    name: str
    beside: tuple[tuple[str, str], ...]
    says: Cell

    @property
    def title(self) -> str:
        return f"{self.family.name}/{self.model}: {self.name}"

    def expected(self, value: Scalar) -> str | None:
        """What a value should become; None where the documents do not say."""
        return self.says if isinstance(self.says, str) else self.says.get(written(value))


def facts() -> Iterator[Fact]:
    for path in sorted(SHEETS.glob("*.toml")):
        sheet: dict[str, dict[str, Cell]] = tomllib.loads(path.read_text("utf-8"))
        for heading in sheet:
            if "/" not in heading:
                yield from facts_of(heading, sheet)


def facts_of(heading: str, sheet: Mapping[str, Mapping[str, Cell]]) -> Iterator[Fact]:
    found = family(heading)
    for slug in found.models:
        said = {**sheet[heading], **sheet.get(f"{heading}/{slug}", {})}
        for name, says in said.items():
            bare, *others = name.split("+")
            pairs = (tuple(other.split("=")) for other in others)
            beside = tuple((key, value) for key, value in pairs)
            yield Fact(found, slug, bare, beside, says)


def is_so(word: str, value: Scalar, fate: Fate, name: str) -> bool:
    """Whether a value became what a sheet says in a word."""
    told = {last(way): written(one) for way, one in fate.told.items()}
    match word:
        case "sent":
            return fate.how == "sent" and told.get(name) == written(value)
        case "translated":
            return fate.how == "sent"
        case "own":
            return fate.how == "unsent"
        case "drop":
            return fate.how in NOT_ON_THE_WIRE
        case "refused":
            return fate.how in ("refused", "emulated")
        case "unsupported":
            return fate.how in (*NOT_ON_THE_WIRE, "refused")
        case "said in the prompt":
            return any(PROMPT in one and written(value) in one for one in told.values())
    return fate.how == "sent" and all(one in told.items() for one in fields(word, value))


def fields(word: str, value: Scalar) -> list[tuple[str, str]]:
    """`a=1 b=2` as pairs; `hash` is the SHA-256 of the value."""
    digest = hashlib.sha256(str(value).encode()).hexdigest()
    pairs = (pair.split("=", 1) for pair in word.split())
    return [(name, digest if told == "hash" else told) for name, told in pairs]


def written(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where limner does otherwise than a provider would let it, and why: a line in the docs."""

    families: tuple[str, ...]
    name: str
    values: tuple[str, ...]
    does: str
    because: str

    def covers(self, fact: Fact, value: Scalar) -> bool:
        named = fact.name if not fact.beside else f"{fact.name}+{fact.beside[0][0]}"
        return (
            named == self.name
            and (not self.families or fact.family.name in self.families
                 or fact.model in self.families)
            and (not self.values or written(value) in self.values)
        )  # fmt: skip


def differences() -> tuple[Difference, ...]:
    read = tomllib.loads(DIFFERENCES.read_text("utf-8"))["difference"]
    return tuple(
        Difference(
            tuple(one.get("families", ())),
            one["parameter"],
            tuple(one.get("values", ())),
            one["does"],
            one["because"],
        )
        for one in read
    )


def difference_list() -> str:
    """The differences as a list of the documents."""
    return "\n".join(f"- {one.does}: {one.because}." for one in differences())
