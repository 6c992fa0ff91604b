"""A scrape as its readers have it: parsed by the Prometheus library, and asked for sums."""

from collections.abc import Iterable
from dataclasses import dataclass

import httpx
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


@dataclass(frozen=True, slots=True)
class Scrape:
    text: str
    families: dict[str, Metric]

    @property
    def samples(self) -> Iterable[Sample]:
        return (sample for family in self.families.values() for sample in family.samples)

    def sum(self, name: str, **labels: str) -> float:
        """The sum of the numbers of a name that have these labels, of all processes."""
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def labels(self, name: str) -> set[str]:
        return {label for one in self.samples if one.name == name for label in one.labels}


def scrape_of(text: str) -> Scrape:
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a name is told twice"
    return Scrape(text, {family.name: family for family in families})


async def scraped(client: httpx.AsyncClient, secret: str, accept: str = "") -> Scrape:
    answer = await client.get(
        "/metrics", headers={"authorization": f"Bearer {secret}", "accept": accept}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return scrape_of(answer.text)
