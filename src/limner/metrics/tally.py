"""Counts and times as plain numbers, which cost a request next to nothing.

They are only touched in the event loop's thread, so that they need no lock.
"""

from bisect import bisect_left
from itertools import accumulate

from limner.metrics.family import Family, Labels


class Count:
    """How often something has happened, or how much of it there was, since the process started."""

    def __init__(self, name: str, about: str, *labels: str) -> None:
        self.name, self._about, self._labels = name, about, labels
        self.values: dict[tuple[str, ...], int] = {}

    def add(self, *values: str, by: int = 1) -> None:
        """Count once, or so many times; `values` are those of its labels."""
        self.values[values] = self.values.get(values, 0) + by

    def family(self) -> Family:
        samples = [
            (f"{self.name}_total", labelled(self._labels, values), float(count))
            for values, count in self.values.items()
        ]
        return Family(self.name, "counter", self._about, samples)


class Row:
    """Times that have the same labels: how many fell between two bounds, and their sum."""

    __slots__ = ("_bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def saw(self, seconds: float) -> None:
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.sum += seconds


class Times:
    """How long something took, in seconds: how many took at most each of some bounds."""

    def __init__(self, name: str, about: str, *labels: str, bounds: tuple[float, ...]) -> None:
        self.name, self._about, self._labels, self._bounds = name, about, labels, bounds
        self.rows: dict[tuple[str, ...], Row] = {}

    def saw(self, seconds: float, *values: str) -> None:
        self.of(*values).saw(seconds)

    def of(self, *values: str) -> Row:
        """Those of some labels."""
        row = self.rows.get(values)
        if row is None:
            row = self.rows[values] = Row(self._bounds)
        return row

    def family(self) -> Family:
        samples = []
        for values, row in self.rows.items():
            labels = labelled(self._labels, values)
            bounds = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
            upto = list(accumulate(row.counts))
            samples += [
                (f"{self.name}_bucket", labels | {"le": bound}, float(count))
                for bound, count in zip(bounds, upto, strict=True)
            ]
            samples += [
                (f"{self.name}_count", labels, float(upto[-1])),
                (f"{self.name}_sum", labels, row.sum),
            ]
        return Family(self.name, "histogram", self._about, samples)


def labelled(names: tuple[str, ...], values: tuple[str, ...]) -> Labels:
    return dict(zip(names, values, strict=True))
