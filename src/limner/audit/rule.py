"""A rule is a query for the rows that break it; a sound house has none for any rule."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """`breakers` selects what breaks the rule, at most `MOST` of it; its first column names it.

    Every query tells one moment, and holds at each commit: a live system may be asked.
    """

    number: str
    says: str
    breakers: str


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that should not be; `where` names the row or the blob."""

    number: str
    says: str
    where: str

    def __str__(self) -> str:
        return f"{self.number}, {self.says}: {self.where}"
