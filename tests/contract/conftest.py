"""One gateway for each kind of database, shared by all tests of the public clients.

A test that needs one kind alone parametrises `gateway` indirectly with its name. Tests of npm's
clients are in modules named `test_npm_...`, and need Node.js.
"""

import os
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from tests.contract.clients import Client, infery_client, openai_client
from tests.contract.curl import Curl
from tests.contract.gateway import Gateway, Upstream, opened
from tests.contract.node import LINES, WAYS, WITHOUT, Node, NpmAi, NpmOpenAI, node
from tests.databases import KINDS, FreshUrl

URLS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}

if os.environ.get(WITHOUT):
    collect_ignore_glob = ["test_npm_*"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if os.environ.get(WITHOUT):
        terminalreporter.write_line(f"npm's clients were not tested: {WITHOUT} is set", yellow=True)


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    with Upstream() as standing:
        yield standing


@pytest.fixture(scope="session", params=KINDS)
def gateway(
    request: pytest.FixtureRequest, upstream: Upstream, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    fresh: FreshUrl = request.getfixturevalue(URLS[request.param])
    with opened(fresh(), tmp_path_factory.mktemp("gateway"), upstream) as gateway:
        yield gateway


@pytest.fixture
async def http(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client that adds nothing: no key, no retries."""
    async with httpx.AsyncClient(base_url=gateway.server.url, timeout=60) as client:
        yield client


@pytest.fixture
def curl(gateway: Gateway) -> Curl:
    """curl with a live key."""
    return Curl(gateway.api, gateway.keys.live)


@pytest.fixture(params=["sync", "async"])
async def infery(request: pytest.FixtureRequest, gateway: Gateway) -> AsyncIterator[Client]:
    """The Infery client with a live key."""
    async with infery_client(request.param, gateway.api, gateway.keys.live) as client:
        yield client


@pytest.fixture(params=["sync", "async"])
async def openai(request: pytest.FixtureRequest, gateway: Gateway) -> AsyncIterator[Client]:
    """The OpenAI client with a live key."""
    async with openai_client(request.param, gateway.api, gateway.keys.live) as client:
        yield client


@pytest.fixture(scope="session")
def nodejs() -> Iterator[Node]:
    with node() as running:
        yield running


@pytest.fixture(params=LINES)
def npm_openai(request: pytest.FixtureRequest, nodejs: Node, gateway: Gateway) -> NpmOpenAI:
    """The client `openai` of npm with a live key."""
    return NpmOpenAI(nodejs, request.param, gateway.api, gateway.keys.live)


@pytest.fixture(params=WAYS, ids=" ".join)
def npm_ai(request: pytest.FixtureRequest, nodejs: Node, gateway: Gateway) -> NpmAi:
    """The AI SDK of npm, by each of its two ways, with a live key."""
    line, provider = request.param
    return NpmAi(nodejs, line, provider, gateway.api, gateway.keys.live)
