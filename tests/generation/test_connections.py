"""Open connections follow the configuration while the server runs."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from tests.generation.studios import CATALOG, Trouble, away
from tests.providers.drawings import FlatDraw
from tests.providers.tunes import Silence

from limner.db.base import Database, DatabaseAway, Statement, Write
from limner.errors import ServiceUnavailable
from limner.generation.breaker import IN_A_ROW
from limner.generation.connections import FRESH_S, LEAVING_S, LONGEST_ORDER_S, Connections
from limner.generation.provider_config import ProviderConfigs
from limner.providers.base import Generated, ImageProvider, Order, ProviderError, ProviderEvent
from limner.providers.kind import Opening, ProviderKind
from limner.providers.registry import KINDS
from limner.providers.simulated import Simulated
from limner.providers.simulated_music import SimulatedMusic
from limner.providers.sketch import SketchImages
from limner.settings import ProviderConfig, Settings
from limner.vault import Vault

GROK = CATALOG.models["grok-imagine-image"]
FLUX = CATALOG.models["flux-1-dev"]
RETIRED = CATALOG.models["dall-e-2"]
SKETCH = CATALOG.models["sketch-1"]
VAULT = Vault(bytes(32))


class Upstream:
    """A provider that remembers what it was opened with and whether it was closed."""

    repeatable = False

    def __init__(self, at: Opening) -> None:
        self.http, self.base_url, self.key = at.http, at.base_url, at.api_key
        self.closed = False

    async def run(self, order: Order) -> AsyncGenerator[ProviderEvent, None]:
        yield Generated(())

    async def check(self) -> str:
        return "ready"

    async def aclose(self) -> None:
        assert not self.closed
        self.closed = True
        await self.http.aclose()


@pytest.fixture(autouse=True)
def _remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of provider that only remembers."""
    kind = ProviderKind("http://upstream.test/v1", "UPSTREAM_KEY", Upstream)
    monkeypatch.setitem(KINDS, "upstream", kind)


class House:
    """Connections over a database, and a clock that the test moves."""

    def __init__(self, database: Database, **settings: object) -> None:
        self.database = Trouble(database, database.kind)
        self.settings = Settings(data_dir=Path(), **settings)  # type: ignore[arg-type]  # by name
        self.configs = ProviderConfigs(self.database, VAULT, self.settings)
        self.draw = FlatDraw()
        self.now = 1000.0
        self.connections = Connections(
            self.configs,
            VAULT,
            self.draw,
            Silence(),
            aliases=self.settings.aliases,
            client="pyreqwest",
            test_pace=0.0,
            clock=lambda: self.now,
        )

    async def add(self, name: str, key: str = "k1") -> None:
        await self.configs.add(name, "upstream", api_key=key)

    async def xai(self) -> Upstream:
        (place,) = await self.connections.places(GROK, "live")
        return upstream(place.provider)


def upstream(provider: ImageProvider) -> Upstream:
    assert isinstance(provider, Upstream)
    return provider


@pytest.fixture
async def house(database: Database) -> AsyncGenerator[House, None]:
    house = House(database)
    yield house
    await house.connections.close()


async def test_a_model_runs_at_the_provider_its_catalog_entry_names(house: House) -> None:
    await house.add("xai")
    (place,) = await house.connections.places(GROK, "live")
    assert (place.provider_name, place.timeout_s) == ("xai", 180.0)
    assert place.upstream_model == GROK.deployments[0].upstream_model
    assert upstream(place.provider).base_url == "http://upstream.test/v1"


async def test_sketch_is_always_there(house: House) -> None:
    (place,) = await house.connections.places(SKETCH, "live")
    assert isinstance(place.provider, SketchImages)
    assert place.timeout_s == 60.0


async def test_a_test_key_never_reaches_a_provider(house: House) -> None:
    await house.configs.add("xai", "upstream", api_key="k", serves={"dall-e-2": "d2"})
    house.database.before["fetch"] = away(9)
    for model in CATALOG.models.values():
        (place,) = await house.connections.places(model, "test")
        assert isinstance(place.provider, Simulated | SimulatedMusic)
        assert (place.provider_name, place.timeout_s) == ("simulated", LONGEST_ORDER_S)


async def test_a_provider_added_at_run_time_is_there_within_five_seconds(house: House) -> None:
    with pytest.raises(ServiceUnavailable):
        await house.xai()
    await house.add("xai")
    house.now += FRESH_S
    assert (await house.xai()).key == "k1"


async def test_a_changed_provider_is_opened_anew_and_an_unchanged_one_is_kept(
    house: House,
) -> None:
    await house.add("xai")
    first = await house.xai()
    house.now += FRESH_S
    assert await house.xai() is first
    await house.add("xai", "k2")
    house.now += FRESH_S
    second = await house.xai()
    assert (second is first, second.key, first.closed) == (False, "k2", False)


async def test_a_removed_provider_is_gone_within_five_seconds(house: House) -> None:
    await house.add("xai")
    await house.xai()
    await house.configs.remove("xai")
    house.now += FRESH_S
    with pytest.raises(ServiceUnavailable):
        await house.xai()


async def test_what_was_replaced_is_closed_when_its_last_order_must_have_ended(
    house: House,
) -> None:
    await house.add("xai")
    first = await house.xai()
    await house.configs.remove("xai")
    house.now += FRESH_S
    await house.connections.all()
    house.now += LEAVING_S - 1
    await house.connections.all()
    assert not first.closed
    house.now += 1 + FRESH_S
    await house.connections.all()
    assert first.closed


async def test_closing_closes_what_is_open_and_what_was_replaced(database: Database) -> None:
    house = House(database)
    await house.add("xai")
    first = await house.xai()
    await house.add("xai", "k2")
    house.now += FRESH_S
    second = await house.xai()
    await house.connections.close()
    assert (first.closed, second.closed) == (True, True)


async def test_the_configuration_is_read_once_for_a_crowd(house: House) -> None:
    await house.add("xai")
    before = house.database.fetched
    found = await asyncio.gather(*(house.xai() for _ in range(20)))
    assert house.database.fetched == before + 1
    assert len(set(map(id, found))) == 1
    house.database.before["fetch"] = away(1)
    assert await house.xai() is found[0]
    house.now += FRESH_S
    with pytest.raises(DatabaseAway):
        await house.xai()
    assert await house.xai() is found[0]


async def test_an_operators_own_host_comes_first_and_is_not_asked_twice(house: House) -> None:
    own = {GROK.slug: "grok-at-home"}
    await house.configs.add("xai", "upstream", api_key="k", serves=own)
    places = await house.connections.places(GROK, "live")
    assert [(one.provider_name, one.upstream_model) for one in places] == [("xai", "grok-at-home")]
    await house.configs.add("home", "upstream", api_key="k", serves=own)
    await house.add("xai")
    house.now += FRESH_S
    places = await house.connections.places(GROK, "live")
    assert [one.provider_name for one in places] == ["home", "xai"]


async def test_a_host_may_serve_a_retired_model_by_any_of_its_names(house: House) -> None:
    assert not await house.connections.serves(RETIRED)
    await house.configs.add("home", "upstream", api_key="k", serves={"dall-e-2": "d2"})
    house.now += FRESH_S
    assert await house.connections.serves(RETIRED)
    places = await house.connections.places(RETIRED, "live")
    assert places[0].upstream_model == "d2"


async def test_a_retired_model_is_never_asked_of_the_host_that_retired_it(house: House) -> None:
    await house.configs.add("home", "upstream", api_key="k", serves={"dall-e-2": "d2"})
    await house.configs.add("openai", "upstream", api_key="k")
    assert "openai" in {one.provider for one in RETIRED.deployments}
    places = await house.connections.places(RETIRED, "live")
    assert [one.provider_name for one in places] == ["home"]


async def test_one_that_is_configured_wrongly_does_not_stop_the_others(house: House) -> None:
    await house.add("xai")
    await house.configs.add("nokey", "upstream", api_key_env="NO_SUCH_VARIABLE_HERE")
    sealed_elsewhere = Vault(b"1" * 32).seal("k", about="provider/sealed")
    await house.add("sealed")
    await replace_key(house.database, "sealed", sealed_elsewhere)
    assert (await house.xai()).key == "k1"
    problems = {one.entry.name: one.problem for one in await house.connections.all()}
    assert problems["xai"] == ""
    assert problems["nokey"] == "there is no key in the variable NO_SUCH_VARIABLE_HERE"
    assert "cannot open provider/sealed" in problems["sealed"]


async def replace_key(database: Database, name: str, sealed: str) -> None:
    update = "UPDATE provider SET sealed_key = :sealed WHERE name = :name"
    write = Write("replace_key", (Statement(update),))
    await database.write(write, {"name": name, "sealed": sealed})


async def test_providers_of_the_settings_file_need_no_row(database: Database) -> None:
    told = ProviderConfig(kind="upstream", base_url="http://file.test/v1", api_key_env="PATH")
    house = House(database, providers={"xai": told})
    assert (await house.xai()).base_url == "http://file.test/v1"
    await house.connections.close()


async def test_a_model_without_a_provider_names_the_command_that_adds_one(house: House) -> None:
    with pytest.raises(ServiceUnavailable) as caught:
        await house.connections.places(CATALOG.models["gpt-image-2"], "live")
    assert caught.value.message == (
        "no provider is configured for gpt-image-2; nothing was charged. Add one with `limner "
        "provider add openai --api-key-env OPENAI_API_KEY`, or use a test key, "
        "which simulates every model"
    )


async def test_a_provider_that_is_not_ready_is_told_apart(house: House) -> None:
    await house.configs.add("openai", "upstream", api_key_env="NO_SUCH_VARIABLE_HERE")
    with pytest.raises(ServiceUnavailable, match="configured but not ready; nothing was charged"):
        await house.connections.places(CATALOG.models["gpt-image-2"], "live")


async def test_a_provider_limner_cannot_call_yet_is_told_apart(house: House) -> None:
    with pytest.raises(ServiceUnavailable, match="which this version of limner cannot call"):
        await house.connections.places(FLUX, "live")


async def test_an_alias_is_found_by_any_name_of_a_model(database: Database) -> None:
    house = House(database, aliases={"dall-e-2": "sketch-1"})
    assert house.connections.alias_of("gone", "dall-e-2") == "sketch-1"
    assert house.connections.alias_of("gone") is None


async def test_an_operator_says_which_provider_is_asked_first(house: House) -> None:
    await house.add("xai")
    for name, priority in (("late", "20"), ("soon", "5")):
        await house.configs.add(
            name,
            "upstream",
            api_key="k",
            serves={GROK.slug: "g"},
            options={"priority": priority, "most_at_once": "3"},
        )
    places = await house.connections.places(GROK, "live")
    assert [one.provider_name for one in places] == ["soon", "xai", "late"]
    assert [one.rank.most_at_once for one in places] == [3, None, 3]


async def test_a_place_that_fails_is_passed_over_by_the_next_requests(house: House) -> None:
    await house.add("xai")
    await house.configs.add("own", "upstream", api_key="k", serves={GROK.slug: "g"})
    first, second = await house.connections.places(GROK, "live")
    for _ in range(IN_A_ROW):
        with pytest.raises(ProviderError), house.connections.routes.asking(first):
            raise ProviderError("no", outcome="unknown")
    assert await house.connections.places(GROK, "live") == (second,)
