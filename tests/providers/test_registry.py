"""Opening a provider from what an operator typed."""

from dataclasses import replace

import pytest
from tests.providers.secrets import KEY
from tests.standins.openai import OpenAIStandIn

from limner.errors import ConfigError
from limner.providers.kind import Option
from limner.providers.registry import KINDS, address, build, checked_options


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_default_address_and_variable(kind: str) -> None:
    assert KINDS[kind].api_key_env.isupper()
    if KINDS[kind].base_url:
        assert address(kind) == KINDS[kind].base_url
        assert KINDS[kind].base_url.startswith("https://")


@pytest.mark.parametrize(
    "told", ["http://127.0.0.1:9900/v1", "https://images.example.org", "http://[::1]:80/a/b"]
)
def test_an_address_is_used_as_told_without_its_last_slash(told: str) -> None:
    assert address("openai", told) == address("openai", f"{told}/") == told


@pytest.mark.parametrize(
    "told",
    [
        "api.openai.com/v1",
        "ftp://api.openai.com/v1",
        "https://",
        "https:///v1",
        "https://[::1/v1",
        "https://host:port/v1",
        "https://host:99999/v1",
        "https://host:0/v1",
        f"https://user:{KEY}@host/v1",
        f"https://host/v1?key={KEY}",
        "https://host/v1#part",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(told: str) -> None:
    with pytest.raises(ConfigError, match="must be like https://api") as caught:
        address("openai", told)
    assert KEY not in str(caught.value)


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(ConfigError, match="kind must be one of openai"):
        build("dall-e", "", KEY, "aiohttp")


@pytest.mark.parametrize("key", ["", f"{KEY}\n", f"{KEY}é", f"{KEY}\0"])
async def test_a_key_no_header_carries_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ConfigError, match="API key") as caught:
        build("openai", "", key, "aiohttp")
    assert KEY not in str(caught.value)


async def test_two_providers_of_one_kind_have_addresses_and_keys_of_their_own() -> None:
    async with OpenAIStandIn() as first, OpenAIStandIn() as second:
        providers = [
            build("openai", first.base_url, "sk-one", "pyreqwest"),
            build("openai", f"{second.base_url}/", "sk-two", "aiohttp"),
        ]
        for provider in providers:
            await provider.check()
            await provider.aclose()
        keys = [one.requests[0].headers["authorization"] for one in (first, second)]
    assert keys == ["Bearer sk-one", "Bearer sk-two"]


REGION = {"region": Option("a region such as eu-west1", r"[a-z0-9-]+", required=True)}


@pytest.fixture
def regional(monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind that wants to know something of its own."""
    kind = replace(KINDS["openai"], options=REGION, needs_key=False, base_url="")
    monkeypatch.setitem(KINDS, "regional", kind)
    return "regional"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"regoin": "x"}, "no option 'regoin'; it has region, priority, weight, most_at_once"),
        ({}, "needs the option region: a region such as"),
        ({"region": "EU/1"}, "the option region does not fit: a region such as"),
        ({"region": "eu", "weight": "-1"}, "the option weight does not fit: a whole number"),
    ],
)
def test_an_option_that_does_not_fit_is_refused_by_name(
    regional: str, given: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        checked_options(regional, given)


async def test_a_server_of_one_s_own_may_have_no_key_and_must_have_an_address(
    regional: str,
) -> None:
    with pytest.raises(ConfigError, match="is a server of your own"):
        build(regional, "", "", "aiohttp", options={"region": "eu"})
    provider = build(regional, "http://127.0.0.1:9", "", "aiohttp", options={"region": "eu"})
    await provider.aclose()
