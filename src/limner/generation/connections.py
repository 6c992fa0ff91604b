"""Open connections to configured providers, kept up to date with the configuration.

A provider that was added, changed or removed takes effect within five seconds, without a restart.
Test keys never reach one of these: they get the simulation of the model, whatever is configured.
"""

import asyncio
from dataclasses import dataclass
from random import Random
from typing import Literal

from limner.catalog.model import Model
from limner.clock import Clock, monotonic
from limner.errors import ConfigError, ServiceUnavailable
from limner.fetch.reach import PUBLIC, Reach
from limner.generation.arranging import arranged
from limner.generation.attempts import Place, Rank
from limner.generation.breaker import OPEN_S
from limner.generation.provider_config import ProviderConfigs, ProviderEntry
from limner.generation.routes import Routes
from limner.generation.simulation import simulation
from limner.providers.arriving import Spool
from limner.providers.base import ImageProvider
from limner.providers.commissions import Draw
from limner.providers.registry import EVERY_KINDS, KINDS, ClientName, build, kind_named, kinds
from limner.providers.simulated import Simulated
from limner.providers.simulated_music import Play, SimulatedMusic
from limner.providers.sketch import SketchImages
from limner.vault import Vault

FRESH_S = 5.0
LONGEST_ORDER_S = 300.0
"""What providers have to answer where the catalog says nothing."""
LEAVING_S = 3600.0
"""A provider that was removed or changed keeps its connections for the orders it still has."""
SKETCH = "sketch"
CATALOGS_PRIORITY = 10
"""Of a model's first deployment in the catalog, one more for each further one. Providers that the
operator says serve a model have 0, so they come first."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A provider that can be called, or the reason why not."""

    entry: ProviderEntry
    provider: ImageProvider | None
    problem: str = ""


class Connections:
    def __init__(
        self,
        configs: ProviderConfigs,
        vault: Vault,
        draw: Draw,
        play: Play,
        *,
        aliases: dict[str, str],
        client: ClientName,
        test_pace: float,
        reach: Reach = PUBLIC,
        breakers: bool = True,
        breaker_open_s: float = OPEN_S,
        spool: Spool | None = None,
        clock: Clock = monotonic,
    ) -> None:
        self._configs = configs
        self._vault = vault
        self._draw = draw
        self._play = play
        self._aliases = aliases
        self._client: ClientName = client
        self._test_pace = test_pace
        self._reach = reach
        self._spool = spool
        self._chance = Random()  # shares work out, guards nothing
        self.routes = Routes(clock, breakers=breakers, open_s=breaker_open_s)
        self._clock = clock
        self._sketch = SketchImages(draw)
        self._open: dict[str, Connection] = {}
        self._leaving: list[tuple[float, ImageProvider]] = []
        self._fresh_until = 0.0
        self._lock = asyncio.Lock()

    def alias_of(self, *slugs: str) -> str | None:
        """The slug an operator has put in place of one of these."""
        return next((self._aliases[slug] for slug in slugs if slug in self._aliases), None)

    async def serves(self, model: Model) -> bool:
        """Whether the operator has a host of their own that serves a model."""
        await self._refresh()
        return any(upstream_name(one.entry, model) for one in self._open.values() if one.provider)

    async def places(self, model: Model, mode: Literal["live", "test"]) -> tuple[Place, ...]:
        """Where a model runs, best first. Raises ServiceUnavailable naming the command to run."""
        if mode == "test":
            provider = self._simulated(model)
            return (Place("simulated", model.slug, provider, LONGEST_ORDER_S, model=model.slug),)
        await self._refresh()
        places = self._live(model)
        if not places:
            raise ServiceUnavailable(unconfigured(model, list(self._open.values())))
        return self.routes.open_ones(arranged(places, self._chance))

    def _simulated(self, model: Model) -> ImageProvider:
        played = simulation(model, self._test_pace)
        if model.modality == "music":
            return SimulatedMusic(self._play, played, model.n.upstream_max)
        return Simulated(self._draw, played)

    async def has_place(self, model: Model) -> bool:
        """Whether a live key's request would find a provider; nobody is asked."""
        await self._refresh()
        return bool(self._live(model))

    def _live(self, model: Model) -> list[Place]:
        own = self._own(model)
        return [*own, *self._listed(model, {place.provider_name for place in own})]

    def _own(self, model: Model) -> list[Place]:
        """Providers the operator said serve this model."""
        return [
            Place(
                name,
                upstream,
                one.provider,
                LONGEST_ORDER_S,
                protocol_at(one.entry, model),
                rank_of(one.entry),
                model.slug,
            )
            for name, one in self._open.items()
            if one.provider and (upstream := upstream_name(one.entry, model))
        ]

    def _listed(self, model: Model, but: set[str]) -> list[Place]:
        """The catalog's deployments whose provider is connected; a retired model has none left."""
        if model.status == "retired":
            return []
        places = []
        for number, deployment in enumerate(model.deployments):
            name = deployment.provider
            provider = None if name in but else self._connected(name)
            if provider is not None:
                places.append(
                    Place(
                        name,
                        deployment.upstream_model,
                        provider,
                        float(deployment.timeout_s),
                        deployment.protocol,
                        self._rank(name, CATALOGS_PRIORITY + number),
                        model.slug,
                    )
                )
        return places

    def _rank(self, name: str, priority: int) -> Rank:
        return rank_of(self._open[name].entry, priority) if name in self._open else Rank(priority)

    async def connected(self, name: str) -> ImageProvider | None:
        """The configured provider of a name, for work it was given before."""
        await self._refresh()
        return self._connected(name)

    def _connected(self, name: str) -> ImageProvider | None:
        if name == SKETCH:
            return self._sketch
        connection = self._open.get(name)
        return connection.provider if connection else None

    async def _refresh(self) -> None:
        if self._clock() < self._fresh_until:
            return
        async with self._lock:
            if self._clock() < self._fresh_until:
                return
            fresh_until = self._clock() + FRESH_S
            self._reopen(await self._configs.entries())
            self._fresh_until = fresh_until
            await self._close_left()

    def _reopen(self, entries: list[ProviderEntry]) -> None:
        """Keep what is unchanged, open what is new; requests under way keep what they have."""
        before = self._open
        self._open = {
            entry.name: before[entry.name]
            if entry.name in before and before[entry.name].entry == entry
            else self._connect(entry)
            for entry in entries
        }
        until = self._clock() + LEAVING_S
        self._leaving += [
            (until, old.provider)
            for name, old in before.items()
            if old.provider and self._open.get(name) is not old
        ]

    async def _close_left(self) -> None:
        """Close what was replaced so long ago that no order can still be under way."""
        now = self._clock()
        due = [provider for until, provider in self._leaving if until <= now]
        self._leaving = [(until, provider) for until, provider in self._leaving if until > now]
        for provider in due:
            await provider.aclose()

    def _connect(self, entry: ProviderEntry) -> Connection:
        try:
            key = entry.api_key(self._vault)
            if not key and kind_named(entry.kind).needs_key:
                where = entry.api_key_env or "(none was named)"
                return Connection(entry, None, f"there is no key in the variable {where}")
            return Connection(
                entry,
                build(
                    entry.kind,
                    entry.base_url,
                    key,
                    self._client,
                    options=entry.options,
                    reach=self._reach,
                    spool=self._spool,
                ),
            )
        except ConfigError as error:
            # One provider that is configured wrongly must not stop the others.
            return Connection(entry, None, str(error))

    async def all(self) -> list[Connection]:
        await self._refresh()
        return self.last_known

    @property
    def last_known(self) -> list[Connection]:
        """What was configured when that was read last."""
        return list(self._open.values())

    async def close(self) -> None:
        for connection in self._open.values():
            if connection.provider:
                await connection.provider.aclose()
        for _, provider in self._leaving:
            await provider.aclose()


def upstream_name(entry: ProviderEntry, model: Model) -> str | None:
    """What a provider calls a model the operator said it serves."""
    return next(
        (entry.serves[slug] for slug in (model.slug, *model.aliases) if slug in entry.serves), None
    )


def protocol_at(entry: ProviderEntry, model: Model) -> str:
    """How a model is spoken to at a provider of the operator's own: as where it usually runs.

    Only one of that kind knows the word.
    """
    spoken = (one.protocol for one in model.deployments if one.provider == entry.kind)
    return next(spoken, "")


def rank_of(entry: ProviderEntry, priority: int = 0) -> Rank:
    """When a provider's place is asked: as the operator says in its options."""
    said = {name: int(value) for name, value in entry.options.items() if name in EVERY_KINDS}
    return Rank(said.get("priority", priority), said.get("weight", 1), said.get("most_at_once"))


def unconfigured(model: Model, connections: list[Connection]) -> str:
    """Why a model has nowhere to run, and which command changes that."""
    names = [deployment.provider for deployment in model.deployments] or ["its provider"]
    broken = [one.entry.name for one in connections if one.provider is None]
    if set(names) & set(broken):
        return (
            f"the provider of {model.slug} is configured but not ready; nothing was charged. "
            "The operator finds out why with `limner doctor`"
        )
    known = [name for name in names if name in kinds()]
    if not known:
        return (
            f"{model.slug} runs at {' or '.join(names)}, which this version of limner cannot call; "
            f"nothing was charged. It can call {', '.join(kinds())}; a test key simulates every "
            "model"
        )
    return (
        f"no provider is configured for {model.slug}; nothing was charged. Add one with "
        f"`limner provider add {usual_words(known[0])}`, or use a test key, which simulates every "
        "model"
    )


def usual_words(kind: str) -> str:
    """What is said to add a provider; a package that brings a kind is not loaded for that."""
    if kind not in KINDS:
        return f"{kind} --base-url URL --api-key-env VARIABLE"
    where = "" if KINDS[kind].base_url else "--base-url URL "
    return f"{kind} {where}--api-key-env {KINDS[kind].api_key_env}"
