"""Builds everything once and wires it together; the only place that knows every room."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from limner.accounts.accounts import Accounts
from limner.accounts.belonging import check_belonging
from limner.accounts.limits import Limits
from limner.accounts.polls import Polls
from limner.api.edge import Edge
from limner.api.events import Events
from limner.api.gauges import Gauges
from limner.api.routing import edge
from limner.api.services import Services
from limner.catalog import load as catalogs
from limner.clock import wall
from limner.db import schema
from limner.db.base import Database
from limner.errors import ConfigError
from limner.fetch.reach import Reach
from limner.files.artifacts import Artifacts
from limner.files.file import Quota
from limner.files.files import Files
from limner.files.inputs import InputLimits, Inputs
from limner.files.links import Links
from limner.files.places import stores
from limner.files.shelf import Shelf
from limner.files.uploads import Uploads
from limner.generation.connections import Connections
from limner.generation.following import Following
from limner.generation.line import Line
from limner.generation.price_versions import PriceVersions
from limner.generation.provenance import provenance_of
from limner.generation.provider_config import ProviderConfigs
from limner.generation.readying import Readying
from limner.generation.retelling import Retelling
from limner.generation.runner import Runner
from limner.generation.starting import problems_told
from limner.generation.studio import Studio
from limner.generation.tariff import Tariffs, check_markups
from limner.generation.values import Vocabulary
from limner.guards.guards import Guards
from limner.in_flight import InFlight
from limner.jobs.jobs import Jobs
from limner.jobs.keeper import Keeper, for_ever
from limner.jobs.repeats import Repeats
from limner.jobs.replies import Replies
from limner.jobs.request_log import RequestLog
from limner.jobs.usage import Usage
from limner.jobs.window import Window
from limner.ledger.ledger import Ledger
from limner.ledger.losses import Losses
from limner.metrics.heard import Heard
from limner.metrics.metrics import Metrics
from limner.metrics.neighbours import ALONE, Seat
from limner.metrics.scraping import Scraping
from limner.plans.plans import Plans
from limner.providers.arriving import Spool
from limner.retention import Retention
from limner.settings import Settings
from limner.sketch.easels import Easels
from limner.vault import Vault, secret_from
from limner.webhooks.sender import Sender
from limner.webhooks.watch import Watch
from limner.webhooks.webhooks import Webhooks

TELL_S = 0.5
WATCH_S = 2.0
FORGET_S = 600.0
LAST_WORDS_S = 3.0
"""How long a stopping server waits for receivers of webhooks that are being told something."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells webhooks what happened, for as long as it runs."""

    sender: Sender
    watch: Watch

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(for_ever(self.sender.tend, TELL_S))
            tasks.create_task(for_ever(self.watch.watch, WATCH_S))
            tasks.create_task(for_ever(self.sender.sweep, FORGET_S))


@dataclass(frozen=True, slots=True)
class Limner:
    """A limner that is built: ask `edge` over HTTP, or its parts from the command line."""

    services: Services
    configs: ProviderConfigs
    keeper: Keeper
    teller: Teller
    edge: Edge

    async def drain(self) -> None:
        """Take no more work and let what runs end, within the time the settings give it."""
        await self.services.runner.drain(self.services.settings.drain_s)


@asynccontextmanager
async def built(settings: Settings, seat: Seat = ALONE) -> AsyncIterator[Limner]:
    """Everything that `settings` ask for, closed again at the end.

    `seat` is this process's place among those that serve together. Raises ConfigError for a wrong
    catalog or secret, DatabaseAway.
    """
    catalog = catalogs.load(settings.catalog_dirs)
    # Prompts are not in there, but pictures are: nobody else on this machine is to read them.
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = Vault(secret_from(settings.secret, settings.data_dir / "secret"))
    database = Heard(await schema.connect(database_url(settings)))
    easels = Easels(settings.render_processes)
    configs = ProviderConfigs(database, vault, settings)
    in_flight = InFlight(settings.max_bytes_in_flight)
    connections = Connections(
        configs,
        vault,
        easels.draw,
        easels.play,
        aliases=settings.aliases,
        client=settings.http_client,
        test_pace=settings.test_pace,
        reach=Reach.of(settings.allow_private_networks),
        breakers=settings.circuit_breakers,
        breaker_open_s=settings.breaker_open_s,
        spool=Spool(settings.data_dir, in_flight),
    )
    try:
        await check_belonging(database, vault)
        services = served(settings, database, vault, catalog, connections, easels, seat, in_flight)
        keeper = Keeper(
            database,
            services.jobs,
            services.artifacts,
            services.files,
            services.repeats,
            going_on=services.runner,
            plans=services.plans,
        )
        yield Limner(services, configs, keeper, teller(services), edge(services))
    finally:
        await connections.close()
        easels.close()
        await database.close()


def served(
    settings: Settings,
    database: Heard,
    vault: Vault,
    catalog: catalogs.Catalog,
    connections: Connections,
    easels: Easels,
    seat: Seat,
    in_flight: InFlight,
) -> Services:
    metrics = Metrics(connections.routes.calls, database.books, database.writes)
    ledger = Ledger(database)
    window = Window(database, status=settings.rate_limit_status)
    jobs = Jobs(database, ledger, settings.lease_s, window=window)
    repeats = Repeats(database, jobs, attach=settings.attach_resends)
    picture_blobs, file_blobs = stores(settings.store, settings.data_dir)
    artifacts = Artifacts(database, picture_blobs)
    files = Files(database, file_blobs)
    vocabulary = Vocabulary.of(catalog.models.values())
    prices = PriceVersions(database)
    check_markups(settings.markups, catalog)
    tariffs = tariffs_of(settings)
    guards = guards_of(settings)
    studio = Studio(
        catalog=catalog,
        vocabulary=vocabulary,
        connections=connections,
        line=Line(settings.max_running, settings.max_queued, work=metrics.work),
        jobs=jobs,
        repeats=repeats,
        artifacts=artifacts,
        shelf=Shelf(picture_blobs, file_blobs, quota(settings)),
        vault=vault,
        clock=wall,
        prices=prices,
        tariffs=tariffs,
        retention=Retention(settings.retention_s),
        cache_percent=settings.cache_percent,
        guards=guards,
        develop=easels.develop,
        provenance=provenance_of(settings, easels.sign),
        work=metrics.work,
    )
    runner = Runner(studio)
    gauges = Gauges(metrics, database, connections, studio.line, runner, in_flight)
    return Services(
        settings=settings,
        database=database,
        in_flight=in_flight,
        accounts=accounts(settings, database, vault),
        ledger=ledger,
        losses=Losses(database),
        plans=Plans(database, settings.plans),
        jobs=jobs,
        artifacts=artifacts,
        files=files,
        uploads=Uploads(database, file_blobs, files, quota(settings)),
        inputs=Inputs(file_blobs, picture_blobs, input_limits(settings)),
        readying=Readying(easels.turn, settings.strip_metadata),
        links=Links(vault, settings.link_ttl_s),
        catalog=catalog,
        vocabulary=vocabulary,
        prices=prices,
        tariffs=tariffs,
        guards=guards,
        connections=connections,
        runner=runner,
        repeats=repeats,
        replies=Replies(database, vault),
        requests=RequestLog(database),
        usage=Usage(database),
        webhooks=Webhooks(database, vault, Reach.of(settings.allow_private_networks)),
        following=Following(runner, jobs, Retelling(jobs, artifacts, vault)),
        vault=vault,
        metrics=metrics,
        scraping=Scraping(gauges.families, seat),
    )


def accounts(settings: Settings, database: Database, vault: Vault) -> Accounts:
    polls = Polls(settings.other_requests_per_minute, settings.rate_limit_status)
    return Accounts(database, vault, server=server_limits(settings), polls=polls)


def guards_of(settings: Settings) -> Guards:
    """Raises ConfigError for a guard that is named and not there."""
    guards = Guards(settings.guards, settings.guard)
    if settings.guard and not guards.known(settings.guard):
        raise ConfigError(
            f"guard: there is no [guards.{settings.guard}] in limner.toml; there are: "
            f"{', '.join(settings.guards) or 'none'}"
        )
    return guards


def tariffs_of(settings: Settings) -> Tariffs:
    return Tariffs(settings.credits_per_usd, settings.markup_percent, settings.markups)


def server_limits(settings: Settings) -> Limits:
    """What holds for every key; 0 in the settings is no limit."""
    return Limits(
        requests_per_minute=settings.requests_per_minute or None,
        images_per_minute=settings.images_per_minute or None,
        megapixels_per_minute=settings.megapixels_per_minute or None,
        max_concurrent=settings.max_concurrent or None,
    )


def teller(services: Services) -> Teller:
    database, reach = services.database, Reach.of(services.settings.allow_private_networks)
    sender = Sender(database, services.vault, reach, Events(services).body)
    return Teller(sender, Watch(database))


def input_limits(settings: Settings) -> InputLimits:
    return InputLimits(
        bytes=settings.max_input_bytes,
        pixels=settings.max_input_pixels,
        reach=Reach.of(settings.allow_private_networks),
    )


def quota(settings: Settings) -> Quota:
    return Quota(
        file_bytes=settings.max_file_size_bytes,
        files=settings.max_files_per_workspace,
        bytes=settings.max_storage_bytes_per_workspace,
    )


def database_url(settings: Settings) -> str:
    return settings.database_url or f"sqlite:///{settings.data_dir / 'limner.db'}"


@asynccontextmanager
async def running(limner: Limner) -> AsyncIterator[None]:
    """Keep leases alive and close what died, for as long as the block lasts; then drain."""
    keeper = asyncio.create_task(limner.keeper.run(), name="keeper")
    teller = asyncio.create_task(limner.teller.run(), name="teller")
    try:
        await problems_told(limner.services.connections)
        async with limner.services.scraping.shared():
            yield
    finally:
        await limner.drain()
        for task in (keeper, teller):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await limner.teller.sender.close(LAST_WORDS_S)
