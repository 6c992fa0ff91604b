"""Versions of prices: what a job was accepted at stays known, whatever the catalog says later.

A version is named after what is in it, so the same terms have the same name everywhere and no name
ever means anything else. A process writes each down before the first job that is accepted at it.
"""

import hashlib
from dataclasses import dataclass
from typing import cast

import msgspec

from limner.catalog.model import Model, Price
from limner.db.base import Database
from limner.errors import NotFound
from limner.generation import store
from limner.generation.tariff import Tariff

LETTERS = 12


class Terms(msgspec.Struct, frozen=True):
    """All that a price is worked out from."""

    model: str
    price: Price
    credits_per_usd: int
    markup_percent: int

    @property
    def tariff(self) -> Tariff:
        return Tariff(self.credits_per_usd, self.markup_percent)


@dataclass(frozen=True, slots=True)
class Version:
    name: str
    terms: Terms
    content: str


def version_of(model: Model, tariff: Tariff) -> Version:
    """The terms of a model under a tariff, and their name."""
    terms = Terms(model.slug, model.price, tariff.credits_per_usd, tariff.markup_percent)
    content = msgspec.json.encode(terms, order="sorted")
    return Version(hashlib.sha256(content).hexdigest()[:LETTERS], terms, content.decode())


class PriceVersions:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._versions: dict[tuple[str, Tariff], Version] = {}
        self._kept: set[str] = set()

    def of(self, model: Model, tariff: Tariff) -> Version:
        """The version a request is priced at. The catalog of a process never changes."""
        key = (model.slug, tariff)
        if key not in self._versions:
            self._versions[key] = version_of(model, tariff)
        return self._versions[key]

    async def keep(self, version: Version) -> None:
        """Write a version down, before a job is accepted at it. Raises DatabaseAway."""
        if version.name in self._kept:
            return
        await self._database.write(
            store.KEEP_PRICE,
            {"version": version.name, "model": version.terms.model, "content": version.content},
        )
        self._kept.add(version.name)

    async def version(self, name: str) -> Version:
        """A version that was written down. Raises NotFound."""
        rows = await self._database.fetch(store.PRICE, {"version": name})
        if not rows:
            raise NotFound(f"there is no version {name!r} of a price")
        content = cast(str, rows[0][0])
        return Version(name, msgspec.json.decode(content, type=Terms), content)
