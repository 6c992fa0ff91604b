"""A family of numbers as it travels between processes and is written for a scrape."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeAlias

import msgspec
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Kind: TypeAlias = Literal["counter", "gauge", "histogram"]
Labels: TypeAlias = dict[str, str]


class Family(msgspec.Struct, frozen=True):
    """All numbers of one name. `samples` are whole names, such as `…_bucket`, with their labels."""

    name: str
    kind: Kind
    about: str
    samples: list[tuple[str, Labels, float]]

    def labelled(self, further: Labels) -> "Family":
        """The same with further labels on each number."""
        samples = [(name, labels | further, value) for name, labels, value in self.samples]
        return msgspec.structs.replace(self, samples=samples)


def gauge(name: str, about: str, *samples: tuple[Labels, float]) -> Family:
    """What is so at the moment."""
    return Family(name, "gauge", about, [(name, labels, float(value)) for labels, value in samples])


def read(collectors: Iterable[Collector]) -> Iterator[Family]:
    """What collectors of the Prometheus library tell."""
    for collector in collectors:
        for metric in collector.collect():
            samples = [(one.name, dict(one.labels), one.value) for one in metric.samples]
            kind: Kind = "counter" if metric.type == "counter" else "gauge"
            yield Family(metric.name, kind, metric.documentation, samples)


def merged(families: Iterable[Family]) -> list[Family]:
    """Each name once, with the numbers of all that have it: a scrape may not tell one twice."""
    whole: dict[str, Family] = {}
    for one in families:
        known = whole.get(one.name)
        samples = [*known.samples, *one.samples] if known else one.samples
        whole[one.name] = msgspec.structs.replace(one, samples=samples)
    return list(whole.values())


class Written(Collector):
    """Families as the Prometheus library takes them to write."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        for family in self._families:
            metric = Metric(family.name, family.about, family.kind)
            for name, labels, value in family.samples:
                metric.add_sample(name, labels, value)
            yield metric


def written(families: Iterable[Family], accept: str) -> tuple[bytes, str]:
    """The text of a scrape and its content type, in the format that was asked for."""
    encode: Callable[[Collector], bytes]
    encode, content_type = choose_encoder(accept)
    return encode(Written(families)), content_type
