"""What a live key would meet follows the configuration, and nobody is asked."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.generation.studios import CATALOG, a_scene, connected

from limner.db.base import Database
from limner.generation.availability import availability
from limner.generation.connections import Connections
from limner.generation.provider_config import ProviderConfigs
from limner.settings import Settings

ALIASES = {"dall-e-2": "gpt-image-2-5-flare", "gpt-image-1": "suno-v6"}


@pytest.fixture
async def connections(database: Database, tmp_path: Path) -> AsyncIterator[Connections]:
    scene = connected(await a_scene(database, tmp_path), Settings(aliases=ALIASES))
    yield scene.studio.connections
    await scene.studio.connections.close()


async def told(connections: Connections, *slugs: str) -> list[str]:
    return [await availability(CATALOG.models[slug], CATALOG, connections) for slug in slugs]


async def test_without_a_provider_only_what_limner_draws_itself_is_live(
    connections: Connections,
) -> None:
    slugs = ("sketch-1", "gpt-image-2", "dall-e-2", "dall-e-3", "gpt-image-1", "suno-v6")
    assert await told(connections, *slugs) == [
        "live",
        "test_only",
        "test_only",
        "retired",
        "not_served",
        "test_only",
    ]


async def test_a_provider_makes_its_models_live_and_an_alias_what_it_stands_for(
    connections: Connections, database: Database, tmp_path: Path
) -> None:
    scene = connected(await a_scene(database, tmp_path / "b"), Settings(aliases=ALIASES))
    configs = ProviderConfigs(database, scene.studio.vault, Settings())
    await configs.add(
        "openai", "openai", base_url="http://127.0.0.1:9", api_key="sk", serves={"dall-e-3": "d"}
    )
    slugs = ("gpt-image-2", "dall-e-2", "dall-e-3", "flux-2-pro")
    found = await told(scene.studio.connections, *slugs)
    await scene.studio.connections.close()
    assert found == ["live", "aliased", "live", "test_only"]
