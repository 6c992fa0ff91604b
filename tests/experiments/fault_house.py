"""A server with every kind of provider behind it, each by a good line, a cut one and a dead one.

A model stands for each way to meet a fault: over which line its provider is reached, how long it
may take, and whether a second provider stands beside the first. All cost the same.
"""

import asyncio
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

from tests.experiments.fault_table import Line
from tests.experiments.run import Run
from tests.experiments.upstreams import UPSTREAMS, Upstream, key_of
from tests.faults.load import Callers, calling, host, looking, started
from tests.servers import Server, a_key, administer
from tests.standins.faults import Fault, Stage, fault
from tests.standins.openai import OpenAIStandIn
from tests.standins.server import StandIn

from limner.app import Limner
from limner.db.base import Database
from limner.settings import Settings

EACH = 2_000_000
"""What a picture costs, in micro-credits: 0.02 US dollars."""
FUNDS = 1_000_000 * EACH
SPARE = "host"
LATE_S = 60
"""How long an order may take that does not wait for the end of its time."""
LINES: tuple[Line, ...] = ("", "away", "cut")
MODEL = """
slug = "{slug}"
display_name = "{slug}"
owner = "an experiment"
modality = "image"
status = "active"
source = "an experiment"
prompt = {{ max_chars = 1000 }}
n = {{ max = 4, upstream_max = {most} }}
deployments = [{places}]
{capabilities}
[sizes]
default = "1024x1024"
listed = ["1024x1024"]

[price]
kind = "per_image"
rates = [{{ usd = "0.02" }}]
"""
PLACE = (
    '{{ provider = "{provider}", upstream_model = "{model}", protocol = "{protocol}", '
    "timeout_s = {timeout_s} }}"
)
CAN_PREVIEW = "capabilities = { stream = true, partial_images = true }"
NUMBER = re.compile(r"picture number ([0-9]+) ")


class Cutter(StandIn):
    """Resets every connection behind the head of its request; one order at a time asks here."""

    def __init__(self) -> None:
        super().__init__()
        self.alone = asyncio.Lock()

    def fault_before_body(self, path: str) -> Fault | None:
        return fault("rst_before_body")

    def orders(self, path: str) -> int:
        """How many heads of orders came, of those whose path is known; else of whatever it was."""
        return sum(entry.path == path or not path for entry in self.log)


class Spare(OpenAIStandIn):
    """Draws whatever it is asked for."""

    def wished(self, prompt: str, stage: Stage = "order") -> Fault | None:
        return None


class Tally:
    """How often each prompt was asked for and drawn, by a stand-in's own log.

    Calls are counted, or else the pictures that each is for.
    """

    def __init__(self, standin: StandIn, *, pictures: bool = False) -> None:
        self._standin, self._pictures = standin, pictures
        self._read = 0
        self._counts: dict[str, Counter[str]] = {"asked": Counter(), "completed": Counter()}

    def of(self, prompt: str) -> tuple[int, int]:
        for entry in self._standin.log[self._read :]:
            self._read += 1
            if entry.what in self._counts:
                told = self._standin.prompts[entry.generation.id]
                count = entry.generation.n if self._pictures else 1
                self._counts[entry.what][number_of(told)] += count
        number = number_of(prompt)
        return self._counts["asked"][number], self._counts["completed"][number]


def number_of(prompt: str) -> str:
    found = NUMBER.search(prompt)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Behind:
    """One upstream: its stand-in, and whoever cuts the line to it."""

    standin: StandIn
    cutter: Cutter
    tally: Tally


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    server: Server
    database: Database
    callers: Callers
    behind: Mapping[str, Behind]
    spare: Tally
    """Of whoever stands beside each of them."""


def slug(upstream: Upstream, line: Line, *, soon: bool, beside: bool) -> str:
    """The model that stands for one way to ask an upstream."""
    words = [provider_name(upstream, line), *(["soon"] if soon else [])]
    return "-".join([*words, *(["beside"] if beside else [])])


def provider_name(upstream: Upstream, line: Line) -> str:
    return "-".join(filter(None, ["e17", upstream.name, line]))


def model_files(upstream: Upstream) -> Iterator[tuple[str, str]]:
    """The names of an upstream's models, with what their files say."""
    for line, soon, beside in product(LINES, (False, True), (False, True)):
        name = slug(upstream, line, soon=soon, beside=beside)
        timeout_s = upstream.soon_s if soon else LATE_S
        places = [
            PLACE.format(
                provider=provider_name(upstream, line),
                model=upstream.model,
                protocol=upstream.protocol,
                timeout_s=timeout_s,
            )
        ]
        if beside:
            there = {"provider": SPARE, "model": "gpt-image-2", "protocol": ""}
            places.append(PLACE.format(**there, timeout_s=timeout_s))
        yield (
            name,
            MODEL.format(
                slug=name,
                most=1 if upstream.each else 4,
                places=", ".join(places),
                capabilities=CAN_PREVIEW if upstream.more else "",
            ),
        )


def write_catalog(folder: Path) -> None:
    folder.mkdir()
    for upstream in UPSTREAMS:
        for name, text in model_files(upstream):
            (folder / f"{name}.toml").write_text(text, "utf-8")


@dataclass(slots=True)
class Dead:
    """A port that is taken and where nobody listens."""

    taken: socket.socket = field(default_factory=socket.socket)

    @property
    def port(self) -> int:
        return int(self.taken.getsockname()[1])

    def __enter__(self) -> "Dead":
        self.taken.bind(("127.0.0.1", 0))
        return self

    def __exit__(self, *raised: object) -> None:
        self.taken.close()


@asynccontextmanager
async def house(run: Run) -> AsyncIterator[House]:
    write_catalog(run.folder / "catalog")
    settings = Settings(
        data_dir=run.folder / "data",
        database_url=run.fresh_url(),
        catalog_dirs=(run.folder / "catalog",),
        log_level="error",
    )
    async with AsyncExitStack() as stack:
        dead = stack.enter_context(Dead())
        spare = await stack.enter_async_context(Spare())
        await host(settings, spare)
        behind = {one.name: await begun(one, stack) for one in UPSTREAMS}
        keys = {
            one.name: key_of(one.kind, behind[one.name].standin, run.folder) for one in UPSTREAMS
        }
        await administer(settings, lambda limner: configured(limner, behind, keys, dead.port))
        key = await a_key(settings, "live", credits=FUNDS)
        callers = await stack.enter_async_context(calling(key))
        server = await stack.enter_async_context(started(settings))
        database = await stack.enter_async_context(looking(settings))
        yield House(settings, server, database, callers, behind, Tally(spare, pictures=True))


async def begun(upstream: Upstream, stack: AsyncExitStack) -> Behind:
    standin = await stack.enter_async_context(upstream.standin())
    cutter = await stack.enter_async_context(Cutter())
    return Behind(standin, cutter, Tally(standin))


async def configured(
    limner: Limner, behind: Mapping[str, Behind], keys: Mapping[str, str], dead: int
) -> None:
    """Let the server know each upstream, by each of its lines."""
    for one in UPSTREAMS:
        here = behind[one.name]
        ports = {"": here.standin.port, "away": dead, "cut": here.cutter.port}
        path = urlsplit(here.standin.base_url).path
        for line in LINES:
            await limner.configs.add(
                provider_name(one, line),
                one.kind,
                base_url=f"http://127.0.0.1:{ports[line]}{path}",
                api_key=keys[one.name],
                options=one.options,
            )
