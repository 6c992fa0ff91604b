"""All that drawing a picture needs, built once by `app.py` and handed down as one value."""

from dataclasses import dataclass, field

from limner.catalog.load import Catalog
from limner.clock import Clock
from limner.files.artifacts import Artifacts
from limner.files.shelf import Shelf
from limner.generation.connections import Connections
from limner.generation.finishing import Develop, nothing_develops
from limner.generation.line import Line
from limner.generation.price_versions import PriceVersions
from limner.generation.provenance import Provenance
from limner.generation.tariff import Tariffs
from limner.generation.values import Vocabulary
from limner.guards.guards import Guards
from limner.jobs.jobs import Jobs
from limner.jobs.repeats import Repeats
from limner.metrics.work import Work
from limner.retention import Retention
from limner.vault import Vault


@dataclass(frozen=True, slots=True)
class Studio:
    catalog: Catalog
    vocabulary: Vocabulary
    connections: Connections
    line: Line
    jobs: Jobs
    repeats: Repeats
    artifacts: Artifacts
    shelf: Shelf
    vault: Vault
    clock: Clock
    prices: PriceVersions
    tariffs: Tariffs
    retention: Retention
    """Where a workspace says nothing."""
    cache_percent: int = 10
    """What is charged of the price where a picture was drawn before."""
    develop: Develop = nothing_develops
    """Makes pictures of one format into another."""
    provenance: Provenance = field(default_factory=Provenance)
    guards: Guards = field(default_factory=lambda: Guards({}))
    work: Work = field(default_factory=Work)
