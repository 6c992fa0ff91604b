"""Links that upstreams answer with: fetched at once, through the guard, again if need be."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from tests.standins.faults import fault
from tests.standins.picture_host import PictureHost

from limner.fetch.reach import PUBLIC, Reach
from limner.providers.base import ProviderError
from limner.providers.http_clients import open_client
from limner.providers.result_links import TRIES, ResultLinks

HERE = Reach.of("127.0.0.0/8")
KEY = {"authorization": "Bearer sk-secret"}
DATA = b"\x89PNG\r\n\x1a\n" + bytes(2000)


@dataclass(frozen=True, slots=True)
class Hosts:
    home: PictureHost
    elsewhere: PictureHost

    def links(self, stack: AsyncExitStack, reach: Reach = HERE) -> ResultLinks:
        http = open_client()
        stack.push_async_callback(http.aclose)
        return ResultLinks(http, f"{self.home.url}/v1", reach, KEY, pause_s=0.0)


@pytest.fixture
async def hosts() -> AsyncIterator[Hosts]:
    async with PictureHost() as home, PictureHost() as elsewhere:
        yield Hosts(home, elsewhere)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def test_the_key_goes_to_the_provider_s_own_address_and_nowhere_else(
    hosts: Hosts, stack: AsyncExitStack
) -> None:
    links = hosts.links(stack)
    images = [await links.image(one.kept(DATA)) for one in (hosts.home, hosts.elsewhere)]
    assert [(bytes(image.data), image.encoding) for image in images] == [(DATA, "raw")] * 2
    assert hosts.home.requests[0].headers["authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in str(hosts.elsewhere.requests[0].headers)


async def test_a_relative_link_is_one_of_the_provider_s_own(
    hosts: Hosts, stack: AsyncExitStack
) -> None:
    path = hosts.home.kept(DATA).removeprefix(hosts.home.url)
    assert bytes((await hosts.links(stack).image(path)).data) == DATA


@pytest.mark.parametrize("kind", ["403", "500", "rst_after_body", "fin_mid_answer"])
@pytest.mark.parametrize("at_home", [True, False])
async def test_a_link_that_fails_is_followed_again(
    hosts: Hosts, stack: AsyncExitStack, kind: str, at_home: bool
) -> None:
    host = hosts.home if at_home else hosts.elsewhere
    host.script(fault(kind), times=TRIES - 1)
    assert bytes((await hosts.links(stack).image(host.kept(DATA))).data) == DATA
    assert len(host.requests) == TRIES


@pytest.mark.parametrize("at_home", [True, False])
async def test_a_picture_that_cannot_be_had_was_drawn_all_the_same(
    hosts: Hosts, stack: AsyncExitStack, at_home: bool
) -> None:
    host = hosts.home if at_home else hosts.elsewhere
    with pytest.raises(ProviderError) as caught:
        await hosts.links(stack).image(f"{host.url}/results/none")
    assert (caught.value.outcome, len(host.requests)) == ("ran", TRIES)
    assert "404" in caught.value.detail
    assert host.url not in f"{caught.value}{caught.value.detail}"


@pytest.mark.parametrize(
    "link",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/latest",
        "http://[::1]:80/",
        "https://u:p@a.test/x",
    ],
)
async def test_a_link_into_the_network_is_never_followed(
    hosts: Hosts, stack: AsyncExitStack, link: str
) -> None:
    with pytest.raises(ProviderError) as caught:
        await hosts.links(stack, PUBLIC).image(link)
    assert caught.value.outcome == "ran"
    assert "where this server does not go" in str(caught.value)


async def test_another_port_of_the_provider_s_host_is_not_its_address(
    hosts: Hosts, stack: AsyncExitStack
) -> None:
    with pytest.raises(ProviderError):
        await hosts.links(stack, PUBLIC).image(hosts.elsewhere.kept(DATA))
    assert hosts.elsewhere.requests == []
