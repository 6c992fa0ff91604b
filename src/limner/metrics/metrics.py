"""All that one process counts. Whatever happens adds to it, and only a scrape reads it."""

from dataclasses import dataclass, field

from prometheus_client.gc_collector import GC_COLLECTOR
from prometheus_client.process_collector import PROCESS_COLLECTOR

from limner.metrics.books import Books
from limner.metrics.calls import Calls
from limner.metrics.family import Family, read
from limner.metrics.heard import Writes
from limner.metrics.requests import Requests
from limner.metrics.work import Work


@dataclass(frozen=True, slots=True)
class Metrics:
    calls: Calls
    books: Books
    writes: Writes
    requests: Requests = field(default_factory=Requests)
    work: Work = field(default_factory=Work)

    def families(self) -> list[Family]:
        parts = (self.requests, self.work, self.calls, self.books, self.writes)
        return [
            *(family for part in parts for family in part.families()),
            *read((PROCESS_COLLECTOR, GC_COLLECTOR)),
        ]
