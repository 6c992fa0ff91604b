"""Asking OpenAI whether it would take an order: free, and told in plain words."""

from collections.abc import AsyncIterator

import pytest
from tests.providers.secrets import KEY, everything_told
from tests.standins.faults import fault
from tests.standins.openai import OpenAIStandIn
from tests.standins.openai_rules import MODELS

from limner.providers.base import ProviderError, Reason
from limner.providers.http_clients import open_client
from limner.providers.openai import OpenAIImages


@pytest.fixture
async def standin() -> AsyncIterator[OpenAIStandIn]:
    async with OpenAIStandIn() as running:
        yield running
        assert running.asked == []


async def checked(base_url: str, key: str = KEY) -> str:
    provider = OpenAIImages(open_client(), base_url=base_url, api_key=key)
    try:
        return await provider.check()
    finally:
        await provider.aclose()


async def failed_check(base_url: str, key: str = KEY) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await checked(base_url, key)
    assert key not in everything_told(caught.value)
    assert caught.value.outcome == "known_not_run"
    return caught.value


async def test_a_good_key_is_confirmed_without_drawing_anything(standin: OpenAIStandIn) -> None:
    told = await checked(standin.base_url)
    assert told == f"openai accepts the key and lists {len(MODELS)} models"
    assert [(sent.method, sent.path) for sent in standin.requests] == [("GET", "/v1/models")]


async def test_a_bad_key_is_called_one(standin: OpenAIStandIn) -> None:
    error = await failed_check(standin.base_url, key="wrong-key-5521")
    assert (error.message, error.reason) == ("openai does not accept this key", "provider_account")


@pytest.mark.parametrize(
    ("kind", "words", "reason"),
    [
        ("403", "lets it list no models", "provider_account"),
        ("429", "turning requests away", "capacity"),
        ("429_quota", "no money or no quota left", "provider_account"),
        ("500", "HTTP 500", "provider_error"),
        ("502", "HTTP 502", "provider_error"),
        ("redirect", "HTTP 307", "provider_error"),
        ("html", "not as openai does", "provider_error"),
        ("bad_json", "not as openai does", "provider_error"),
        ("rst_after_body", "cannot be reached", "provider_error"),
    ],
)
async def test_everything_else_is_said_in_plain_words(
    standin: OpenAIStandIn, kind: str, words: str, reason: Reason
) -> None:
    standin.script(fault(kind))
    error = await failed_check(standin.base_url)
    assert words in error.message
    assert error.reason == reason


async def test_an_address_without_its_end_is_recognised(standin: OpenAIStandIn) -> None:
    error = await failed_check(standin.url)
    assert "as in .../v1" in error.message


async def test_nobody_listening_is_unreachable(standin: OpenAIStandIn) -> None:
    async with standin.refusing():
        error = await failed_check(standin.base_url)
    assert error.message.startswith("openai cannot be reached (no connection: Connection refused")
