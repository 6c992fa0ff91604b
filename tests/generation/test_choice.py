"""Which model answers a request, where it runs, and how a refusal says what to do instead."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec
import pytest
from tests.providers.tunes import Silence

from limner.accounts.api_key import Caller
from limner.catalog.load import Catalog, catalog_of, load
from limner.catalog.model import Deployment, Model
from limner.errors import (
    Forbidden,
    InvalidParams,
    ModelNotFound,
    ModelNotSupported,
    ModelRetired,
    ServiceUnavailable,
)
from limner.generation.attempts import Place
from limner.generation.choice import chosen
from limner.generation.connections import Connections
from limner.generation.provider_config import ProviderConfigs, ProviderEntry
from limner.providers.openai import OpenAIImages
from limner.providers.simulated import Simulated
from limner.providers.sketch import SketchImages
from limner.sketch.drawing import Commission, Picture
from limner.vault import Vault

CATALOG = load()
LIVE = Caller("ws", "key", "live")
TEST = Caller("ws", "key", "test")
VAULT = Vault(b"a secret of thirty-two bytes, 32")


@dataclass(frozen=True)
class Found:
    """The model that answers, and where it runs."""

    model: Model
    asked_for: str
    places: tuple[Place, ...]


class Configured(ProviderConfigs):
    """Provider configurations that stand in no database."""

    def __init__(self, *entries: ProviderEntry) -> None:
        self._entries = list(entries)

    async def entries(self) -> list[ProviderEntry]:
        return self._entries


def host(name: str, kind: str = "openai", serves: Mapping[str, str] | None = None) -> ProviderEntry:
    sealed = VAULT.seal("sk-not-a-key", about=f"provider/{name}")
    url = "http://127.0.0.1:9" if serves else ""
    return ProviderEntry(name, kind, url, "", sealed, serves or {}, "database")


def keyless(name: str) -> ProviderEntry:
    return ProviderEntry(name, "openai", "", "LIMNER_TESTS_HAVE_NO_SUCH_KEY", None, {}, "file")


async def no_drawing(asked: Commission) -> Picture:
    raise AssertionError(f"nothing is drawn while a model is chosen: {asked}")


@asynccontextmanager
async def connected(
    *entries: ProviderEntry, aliases: dict[str, str] | None = None
) -> AsyncIterator[Connections]:
    connections = Connections(
        Configured(*entries),
        VAULT,
        no_drawing,
        Silence(),
        aliases=aliases or {},
        client="aiohttp",
        test_pace=0.0,
    )
    try:
        yield connections
    finally:
        await connections.close()


async def choose(
    slug: object,
    *entries: ProviderEntry,
    caller: Caller = LIVE,
    aliases: dict[str, str] | None = None,
    catalog: Catalog = CATALOG,
) -> Found:
    async with connected(*entries, aliases=aliases) as connections:
        choice = await chosen(slug, "generate", caller, catalog, connections)
        return Found(
            choice.model, choice.asked_for, await connections.places(choice.model, caller.mode)
        )


def with_deployment(provider: str, upstream_model: str) -> Catalog:
    """The catalog with GPT Image 2 at one other place."""
    moved = msgspec.structs.replace(
        CATALOG.models["gpt-image-2"], deployments=(Deployment(provider, upstream_model),)
    )
    return catalog_of([moved])


# By name


@pytest.mark.parametrize("slug", [None, "", 7, True, ["gpt-image-2"], {"slug": "gpt-image-2"}])
async def test_a_request_must_name_a_model(slug: object) -> None:
    with pytest.raises(InvalidParams) as refused:
        await choose(slug)
    assert refused.value.param == "model"
    assert "GET /v1/models lists them" in refused.value.message


@pytest.mark.parametrize("slug", ["gpt-image", "zzzz", "GPT-IMAGE-2", "x" * 100_000, "a\r\nb\x00"])
async def test_an_unknown_model_is_answered_with_the_three_nearest(slug: str) -> None:
    with pytest.raises(ModelNotFound) as refused:
        await choose(slug)
    error = refused.value
    assert (error.status, error.code, error.param) == (404, "model_not_found", "model")
    names = error.message.split("the nearest are ")[1].split(". GET")[0].split(", ")
    assert tuple(names) == CATALOG.nearest(slug)
    assert len(names) == 3
    assert len(error.message) < 250
    assert error.message.isprintable()


async def test_an_alias_leads_to_its_model() -> None:
    choice = await choose("gpt-image-2.5-flare", host("openai"))
    assert choice.model.slug == choice.asked_for == "gpt-image-2-5-flare"
    assert [place.upstream_model for place in choice.places] == ["gpt-image-2.5-flare"]


# By the key's leave


@pytest.mark.parametrize("allowed", [("*",), ("gpt-image-1-5",), ("x", "gpt-image-1.5")])
@pytest.mark.parametrize("slug", ["gpt-image-1-5", "gpt-image-1.5"])
async def test_a_key_may_use_the_models_it_lists_by_any_of_their_names(
    slug: str, allowed: tuple[str, ...]
) -> None:
    caller = Caller("ws", "key", "live", allowed)
    assert (await choose(slug, host("openai"), caller=caller)).model.slug == "gpt-image-1-5"


@pytest.mark.parametrize("mode", ["live", "test"])
@pytest.mark.parametrize("slug", ["gpt-image-2", "dall-e-3"])
async def test_a_key_may_use_no_other_model(slug: str, mode: str) -> None:
    caller = Caller("ws", "key", "test" if mode == "test" else "live", ("imagen-4", "sketch-1"))
    with pytest.raises(Forbidden) as refused:
        await choose(slug, host("openai"), caller=caller)
    assert refused.value.status == 403
    assert refused.value.message == (f"this key may not use {slug}; it may use imagen-4, sketch-1")


# By its state of life


async def test_a_retired_model_is_answered_with_date_and_successor() -> None:
    with pytest.raises(ModelRetired) as refused:
        await choose("dall-e-3", host("openai"))
    error = refused.value
    assert (error.status, error.code, error.param) == (410, "model_retired", "model")
    assert "retired by openai on 2026-05-12; use gpt-image-2-5-flare instead" in error.message


async def test_a_retired_model_whose_end_is_not_known_has_no_date() -> None:
    with pytest.raises(ModelRetired, match="retired by xai; use grok-imagine-image-2-0 instead"):
        await choose("grok-2-image")


async def test_a_test_key_still_simulates_a_retired_model() -> None:
    choice = await choose("dall-e-3", caller=TEST)
    assert choice.model.slug == "dall-e-3"
    assert isinstance(choice.places[0].provider, Simulated)


@pytest.mark.parametrize("name", ["imagen-4", "imagen-4.0-generate-001"])
async def test_an_operator_may_put_another_model_in_place_of_a_retired_one(name: str) -> None:
    aliases = {name: "gpt-image-2"}
    choice = await choose("imagen-4", host("openai"), aliases=aliases)
    assert (choice.model.slug, choice.asked_for) == ("gpt-image-2", "imagen-4")
    assert choice.places[0].upstream_model == "gpt-image-2"


@pytest.mark.parametrize("instead", ["no-such-model", "dall-e-2"])
async def test_a_stand_in_that_is_gone_too_is_none(instead: str) -> None:
    with pytest.raises(ModelRetired, match="dall-e-3 was retired"):
        await choose("dall-e-3", host("openai"), aliases={"dall-e-3": instead})


async def test_a_host_of_the_operators_own_still_serves_a_retired_model() -> None:
    own = host("azure", serves={"dall-e-3": "my-deployment"})
    choice = await choose("dall-e-3", own)
    assert choice.model.slug == choice.asked_for == "dall-e-3"
    first = choice.places[0]
    assert (first.provider_name, first.upstream_model) == ("azure", "my-deployment")


async def test_a_host_of_the_operators_own_comes_before_the_catalogs() -> None:
    own = host("azure", serves={"gpt-image-2": "my-deployment"})
    choice = await choose("gpt-image-2", own, host("openai"))
    assert [place.provider_name for place in choice.places] == ["azure", "openai"]
    assert all(isinstance(place.provider, OpenAIImages) for place in choice.places)


# By what it makes


async def test_music_is_sent_to_its_own_route() -> None:
    with pytest.raises(ModelNotSupported) as refused:
        await choose("suno-v5")
    error = refused.value
    assert (error.status, error.code, error.param) == (400, "model_not_supported", "model")
    assert error.message.endswith("that is POST /v1/music/generations")


async def test_a_model_that_only_edits_is_sent_to_the_edits() -> None:
    with pytest.raises(ModelNotSupported, match="that is POST /v1/images/edits"):
        await choose("qwen-image-edit")


# By who is configured


async def test_without_a_provider_the_command_that_adds_one_is_named() -> None:
    with pytest.raises(ServiceUnavailable) as refused:
        await choose("gpt-image-2")
    error = refused.value
    assert (error.status, error.code) == (503, "service_unavailable")
    assert "`limner provider add openai" in error.message
    assert "nothing was charged" in error.message


async def test_a_provider_without_its_key_is_a_case_for_the_operator() -> None:
    with pytest.raises(ServiceUnavailable, match="`limner doctor`"):
        await choose("gpt-image-2", keyless("openai"))


async def test_a_provider_this_version_cannot_call_is_said_to_be_one() -> None:
    with pytest.raises(ServiceUnavailable, match="runs at elsewhere, which this version"):
        await choose("gpt-image-2", catalog=with_deployment("elsewhere", "gpt-image-2"))


async def test_sketch_needs_no_configuration() -> None:
    choice = await choose("sketch-1")
    assert isinstance(choice.places[0].provider, SketchImages)


@pytest.mark.parametrize(
    "slug", [one.slug for one in CATALOG.models.values() if one.modality == "image"]
)
async def test_a_test_key_reaches_no_provider_whatever_is_configured(slug: str) -> None:
    if not CATALOG.models[slug].capabilities.generate:
        return
    choice = await choose(slug, host("openai", serves={slug: "real"}), caller=TEST)
    assert [type(place.provider) for place in choice.places] == [Simulated]
