"""A studio for tests: database, blobs and catalog are real, and providers follow a script."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from tests.faults.invariants import breaches
from tests.providers.drawings import FlatDraw
from tests.providers.tunes import Silence
from tests.standins.pictures import drawn

from limner.accounts.accounts import Accounts
from limner.accounts.api_key import Caller
from limner.catalog import load as catalogs
from limner.catalog.model import Model
from limner.clock import wall
from limner.db.base import Database, DatabaseAway, Params, Row, Values, Write, Written
from limner.files.artifacts import Artifacts
from limner.files.blobs import LocalBlobs
from limner.files.file import Quota
from limner.files.shelf import Shelf
from limner.generation.attempts import Place
from limner.generation.connections import Connections
from limner.generation.generate import generate
from limner.generation.line import Line
from limner.generation.price_versions import PriceVersions
from limner.generation.provider_config import ProviderConfigs
from limner.generation.request import GenerationRequest
from limner.generation.routes import Routes
from limner.generation.runner import Runner
from limner.generation.studio import Studio
from limner.generation.tariff import Tariffs
from limner.generation.values import Vocabulary
from limner.ids import new_id
from limner.jobs.feed import Admitted, JobEvent
from limner.jobs.job import Job
from limner.jobs.jobs import Jobs
from limner.jobs.keeper import Keeper
from limner.jobs.repeats import Repeats
from limner.ledger.ledger import Ledger
from limner.ledger.wallet import Wallet
from limner.providers.base import (
    Accepted,
    Generated,
    ImageData,
    Order,
    ProviderError,
    ProviderEvent,
)
from limner.retention import Retention
from limner.settings import Settings
from limner.vault import Vault

CATALOG = catalogs.load()
MODEL = "grok-imagine-image"
EACH = 2_000_000
"""What one picture of `MODEL` costs, in micro-credits."""
FUNDS = 100 * EACH
QUOTA = Quota(file_bytes=10**7, files=3, bytes=10**7)

Step = ProviderEvent | BaseException | asyncio.Event
"""What a scripted provider does next: tell something, fail, or wait until it may go on."""


class Scripted:
    """A provider that plays one script for each order it gets, the last one again and again."""

    repeatable = False

    def __init__(self, *scripts: list[Step]) -> None:
        self.scripts = list(scripts)
        self.orders: list[Order] = []
        self.asked = asyncio.Event()
        self.left = 0

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        script = self.scripts[min(len(self.orders), len(self.scripts) - 1)]
        self.orders.append(order)
        self.asked.set()
        try:
            for step in script:
                if isinstance(step, BaseException):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        finally:
            self.left += 1

    async def check(self) -> str:
        return "ready"

    async def aclose(self) -> None:
        return None


class Places(Connections):
    """Connections that lead to scripted providers, whatever is configured."""

    def __init__(self, *places: Place) -> None:
        self.routes = Routes(breakers=False)
        self.chosen = places

    def alias_of(self, *slugs: str) -> str | None:
        return None

    async def serves(self, model: Model) -> bool:
        return False

    async def places(self, model: Model, mode: str) -> tuple[Place, ...]:
        return self.chosen


@dataclass
class Trouble:
    """A database that fails the next writes of a name, before or after they happen."""

    real: Database
    kind: str
    before: dict[str, list[Exception]] = field(default_factory=dict)
    after: dict[str, list[Exception]] = field(default_factory=dict)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)
    """Writes that are not even begun until their event is set."""
    begun: dict[str, asyncio.Event] = field(default_factory=dict)
    """Set as soon as somebody wants a write of that name."""
    written: Counter[str] = field(default_factory=Counter)
    fetched: int = 0

    async def fetch(self, sql: str, params: Values | None = None) -> list[Row]:
        if self.before.get("fetch"):
            raise self.before["fetch"].pop(0)
        self.fetched += 1
        return await self.real.fetch(sql, params)

    async def report(self, sql: str, params: Values | None = None) -> list[Row]:
        return await self.real.report(sql, params)

    async def write(self, write: Write, params: Params) -> Written:
        if write.name in self.begun:
            self.begun[write.name].set()
        if write.name in self.waits:
            await self.waits[write.name].wait()
        if self.before.get(write.name):
            raise self.before[write.name].pop(0)
        done = await self.real.write(write, params)
        self.written[write.name] += 1
        if self.after.get(write.name):
            raise self.after[write.name].pop(0)
        return done

    async def close(self) -> None:
        await self.real.close()


@dataclass
class Scene:
    """A studio with a caller who has `FUNDS`, and a look at what is written."""

    database: Trouble
    studio: Studio
    caller: Caller
    blobs: Path
    keeper: Keeper
    ledger: Ledger

    @property
    def runner(self) -> Runner:
        return Runner(self.studio)

    async def wallet(self) -> Wallet:
        return await self.ledger.wallet(self.caller.workspace_id, self.caller.mode)

    async def spent(self) -> int:
        """What was charged; asserts that nothing is held any more and no rule is broken."""
        wallet = await self.wallet()
        assert wallet.held == 0
        assert await breaches(self.database, self.blobs) == []
        return FUNDS - wallet.balance

    async def job(self, ticket_or_id: Any) -> Job:
        job_id = getattr(ticket_or_id, "job_id", ticket_or_id)
        return await self.studio.jobs.job(self.caller.workspace_id, self.caller.mode, job_id)

    async def jobs(self) -> list[Job]:
        return [await self.job(row[0]) for row in await self._rows("id")]

    async def outcomes(self) -> list[str | None]:
        return [cast(str | None, row[0]) for row in await self._rows("outcome")]

    async def _rows(self, column: str) -> list[Row]:
        """A column of this caller's jobs, oldest first."""
        own = {"workspace_id": self.caller.workspace_id}
        return await self.database.fetch(
            f"SELECT {column} FROM job WHERE workspace_id = :workspace_id ORDER BY id", own
        )

    def told(self, request: GenerationRequest) -> AsyncGenerator[JobEvent, None]:
        turn = self.studio.line.arrive(self.caller.workspace_id)
        return generate(request, self.caller, turn, self.studio)

    async def events(self, request: GenerationRequest) -> list[JobEvent]:
        async with aclosing(self.told(request)) as events:
            return [event async for event in events]


async def a_scene(database: Database, folder: Path, *places: Place, lease_s: float = 30.0) -> Scene:
    """Everything real but the providers."""
    trouble = Trouble(database, database.kind)
    vault = Vault(bytes(32))
    ledger = Ledger(trouble)
    jobs = Jobs(trouble, ledger, lease_s)
    blobs = folder / "blobs"
    artifacts = Artifacts(trouble, LocalBlobs(blobs))
    shelf = Shelf(LocalBlobs(blobs), LocalBlobs(folder / "files"), QUOTA)
    workspace = await Accounts(database, vault).create_workspace(new_id("studio"))
    await ledger.grant(workspace.id, FUNDS, "funds")
    studio = Studio(
        catalog=CATALOG,
        vocabulary=Vocabulary.of(CATALOG.models.values()),
        connections=Places(*places),
        line=Line(room=200, most_waiting=100),
        jobs=jobs,
        repeats=Repeats(trouble, jobs, attach=True),
        artifacts=artifacts,
        shelf=shelf,
        vault=vault,
        clock=wall,
        prices=PriceVersions(trouble),
        tariffs=Tariffs(),
        retention=Retention(3600.0),
    )
    caller = Caller(workspace.id, "key_1", "live")
    return Scene(trouble, studio, caller, blobs, Keeper(trouble, jobs, artifacts), ledger)


def connected(scene: Scene, settings: Settings) -> Scene:
    """The same scene with real connections to what the settings name."""
    configs = ProviderConfigs(scene.database, scene.studio.vault, settings)
    connections = Connections(
        configs,
        scene.studio.vault,
        FlatDraw(),
        Silence(),
        aliases=settings.aliases,
        client=settings.http_client,
        test_pace=0.0,
        breakers=False,
    )
    return replace(scene, studio=replace(scene.studio, connections=connections))


def place(provider: Scripted, name: str = "xai", timeout_s: float = 60.0) -> Place:
    return Place(name, "drawer-1", provider, timeout_s)


def a_request(
    prompt: object = "a paper lantern", n: object = 1, model: object = MODEL, **given: object
) -> GenerationRequest:
    return GenerationRequest(model=model, prompt=prompt, request_id="req_1", given=given, n=n)


def pictures(count: int) -> Generated:
    return Generated(tuple(picture(number) for number in range(count)))


def picture(number: int = 0) -> ImageData:
    return ImageData(memoryview(drawn(64, 64, "png", number)), "raw")


BROKEN = ImageData(memoryview(b"<html>Please sign in</html>"), "raw")


def draws(count: int = 1) -> list[Step]:
    return [Accepted(), pictures(count)]


def busy(retry_after: float = 0.01) -> ProviderError:
    return ProviderError(
        "too busy", outcome="known_not_run", reason="capacity", retry_after=retry_after
    )


def away(times: int) -> list[Exception]:
    return [DatabaseAway("gone") for _ in range(times)]


def admitted(events: list[JobEvent]) -> Admitted:
    assert isinstance(events[0], Admitted)
    return events[0]
