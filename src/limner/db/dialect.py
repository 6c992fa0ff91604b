"""One text of SQL, as each of two databases wants it: its clock, and parameters by number."""

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from limner.db.base import PARAMETER, Value, Values, parameters

Arguments: TypeAlias = tuple[Value, ...]


class Text(NamedTuple):
    """A statement as it is sent, and how to take its arguments from named values."""

    sql: str
    arguments: Callable[[Values], Arguments]


class Dialect:
    """Keeps every text it has made; the code composes a few hundred at most."""

    def __init__(self, sign: str, clock: Mapping[str, str]) -> None:
        self._sign = sign
        self._clock = clock
        self._plain: dict[str, Text] = {}
        self._tagged: dict[str, Text] = {}

    def plain(self, sql: str) -> Text:
        if (text := self._plain.get(sql)) is None:
            text = self._plain[sql] = self._numbered(sql, first=1)
        return text

    def tagged(self, sql: str) -> Text:
        """As `plain`, but its first argument begins every row returned, and tells whose row it is.

        It is not among those that `arguments` takes.
        """
        if (text := self._tagged.get(sql)) is None:
            head, _, returned = sql.rpartition("RETURNING ")
            assert head, f"a gate must end in RETURNING: {sql}"
            told = f"{head}RETURNING CAST({self._sign}1 AS BIGINT), {returned}"
            text = self._tagged[sql] = self._numbered(told, first=2)
        return text

    def _numbered(self, sql: str, first: int) -> Text:
        names = parameters(sql)
        place = {name: f"{self._sign}{number}" for number, name in enumerate(names, first)}
        sent = PARAMETER.sub(lambda found: place[found[1]], sql)
        for word, meaning in self._clock.items():
            sent = sent.replace(word, meaning)
        # Texts are hashed and compared every time they are sent: shorter ones cost less.
        return Text(" ".join(sent.split()), taking(names))


def taking(names: tuple[str, ...]) -> Callable[[Values], Arguments]:
    """An itemgetter would give the value itself for a single name, and takes no fewer."""
    if len(names) < 2:
        return lambda values: tuple(values[name] for name in names)
    return itemgetter(*names)
