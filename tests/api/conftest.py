"""One gateway on SQLite for all tests of the edge, and HTTP without any client's habits."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from tests.contract.gateway import Gateway, Upstream, opened
from tests.databases import FreshUrl


@pytest.fixture(scope="session")
def gateway(sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    with Upstream() as upstream, opened(sqlite_url(), folder, upstream) as gateway:
        yield gateway


@pytest.fixture
async def nobody(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with httpx.AsyncClient(base_url=gateway.server.url, timeout=60) as client:
        yield client


@pytest.fixture
async def live(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.live}"}
    async with httpx.AsyncClient(
        base_url=gateway.server.url, headers=headers, timeout=60
    ) as client:
        yield client


@pytest.fixture
async def play(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"authorization": f"Bearer {gateway.keys.test}"}
    async with httpx.AsyncClient(
        base_url=gateway.server.url, headers=headers, timeout=60
    ) as client:
        yield client
