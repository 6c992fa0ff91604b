"""Azure's older route: a deployment in the path, a version in the query, a header of its own."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.providers.given import given
from tests.providers.orders import an_order, drained
from tests.providers.secrets import KEY
from tests.sketch.files import flat
from tests.standins.azure import AzureStandIn

from limner.errors import ConfigError
from limner.providers.base import Generated, ImageProvider, ProviderError
from limner.providers.registry import build

VERSION = {"api_version": "2025-04-01-preview"}


@pytest.fixture
async def azure() -> AsyncIterator[AzureStandIn]:
    async with AzureStandIn() as standin:
        yield standin


@pytest.fixture
async def provider(azure: AzureStandIn) -> AsyncIterator[ImageProvider]:
    provider = build("azure", azure.base_url, KEY, "pyreqwest", options=VERSION)
    yield provider
    await provider.aclose()


async def test_a_deployment_is_named_in_the_path_and_the_version_in_the_query(
    azure: AzureStandIn, provider: ImageProvider
) -> None:
    azure.deployments = {"my pictures": "gpt-image-2"}
    order = replace(an_order("my pictures"), slug="gpt-image-2")
    events = await drained(provider.run(order))
    assert isinstance(events[-1], Generated)
    sent = azure.requests[0]
    assert sent.path == (
        "/openai/deployments/my%20pictures/images/generations?api-version=2025-04-01-preview"
    )
    assert sent.headers["api-key"] == KEY
    assert "authorization" not in sent.headers


async def test_a_deployment_of_dall_e_is_spoken_to_as_dall_e_whatever_its_name(
    azure: AzureStandIn, provider: ImageProvider
) -> None:
    azure.deployments = {"painter": "dall-e-3"}
    order = replace(an_order("painter", params={"style": "vivid"}), slug="dall-e-3")
    last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    assert last.images[0].revised_prompt
    body = json.loads(azure.requests[0].body)
    assert (body["response_format"], body["style"]) == ("b64_json", "vivid")
    assert "output_format" not in body


async def test_edits_and_previews_go_there_too(
    azure: AzureStandIn, provider: ImageProvider
) -> None:
    images = (given(flat()),)
    edit = replace(an_order("gpt-image-2", partial_images=1), task="edit", images=images)
    events = await drained(provider.run(edit))
    assert [type(event).__name__ for event in events] == ["PartialImage", "Progress", "Generated"]
    assert "/images/edits?" in azure.requests[0].path


async def test_a_check_asks_for_the_models_with_the_version(
    azure: AzureStandIn, provider: ImageProvider
) -> None:
    assert "accepts the key" in await provider.check()
    assert azure.requests[0].path == "/openai/models?api-version=2025-04-01-preview"


async def test_a_wrong_version_of_the_route_was_not_drawn(azure: AzureStandIn) -> None:
    provider = build("openai", azure.base_url, KEY, "pyreqwest")
    with pytest.raises(ProviderError) as caught:
        await drained(provider.run(an_order("gpt-image-2")))
    await provider.aclose()
    assert caught.value.outcome == "known_not_run"


@pytest.mark.parametrize("version", [{}, {"api_version": "2025"}, {"api_version": "x&y=1"}])
def test_a_version_is_needed_and_looks_like_one(version: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="api_version"):
        build("azure", "https://x.openai.azure.com/openai", KEY, "pyreqwest", options=version)
