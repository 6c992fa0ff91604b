"""One gateway for each kind of database, shared by all tests of the public clients.

A test that needs one kind alone parametrises `gateway` indirectly with its name.
"""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from tests.contract.clients import Client, infery_client, openai_client
from tests.contract.gateway import Gateway, Upstream, opened
from tests.databases import KINDS, FreshUrl

URLS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}


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
