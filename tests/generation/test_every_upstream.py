"""From request to picture over the wires of other kinds; each stand-in's log is the referee."""

import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.generation.studios import Scene, a_request, a_scene, connected
from tests.standins.alibaba import AlibabaStandIn
from tests.standins.comfyui import WORKFLOWS, ComfyUIStandIn
from tests.standins.fal import FalStandIn
from tests.standins.faults import fault
from tests.standins.server import StandIn
from tests.standins.xai import XaiStandIn

from limner.db.base import Database
from limner.jobs.feed import Completed, Failed, JobEvent
from limner.settings import ProviderConfig, Settings


@dataclass(frozen=True, slots=True)
class Wire:
    """A kind, a model that is spoken to by it, and what a picture costs in micro-credits."""

    kind: str
    model: str
    each: int
    standin: Callable[[], StandIn]
    own: Mapping[str, Any] = field(default_factory=dict)
    """What its configuration says besides."""


WIRES = {
    "xai": Wire("xai", "grok-imagine-image", 2_000_000, XaiStandIn),
    "alibaba at once": Wire("alibaba", "wan2-6-t2i", 3_000_000, AlibabaStandIn),
    "fal": Wire("fal", "flux-1-dev-fal", 2_500_000, FalStandIn),
    "comfyui": Wire(
        "comfyui",
        "wan2-6-t2i",
        3_000_000,
        ComfyUIStandIn,
        {"serves": {"wan2-6-t2i": "flux-dev"}, "options": {"workflows": str(WORKFLOWS)}},
    ),
    "alibaba by task": Wire("alibaba", "wan2-5-t2i-preview", 3_000_000, AlibabaStandIn),
}


@dataclass(frozen=True, slots=True)
class House:
    scene: Scene
    standin: StandIn
    wire: Wire

    async def ends(self, n: int = 1, prompt: str = "a lantern") -> JobEvent:
        request = a_request(f"{prompt} {os.urandom(4).hex()}", n=n, model=self.wire.model)
        return (await self.scene.events(request))[-1]


@pytest.fixture(params=WIRES)
async def house(
    request: pytest.FixtureRequest,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[House]:
    monkeypatch.setenv("STANDIN_KEY", "sk-standin")
    wire = WIRES[request.param]
    async with wire.standin() as standin:
        if isinstance(standin, ComfyUIStandIn):  # else what it took is found again
            standin.forgets = True
            monkeypatch.setattr("limner.providers.comfyui_asking.FOUND_WITHIN_S", 0.2)
            monkeypatch.setattr("limner.providers.polling.FIRST_S", 0.02)
            monkeypatch.setattr("limner.providers.polling.LONGEST_S", 0.1)
        here = ProviderConfig(
            kind=wire.kind, base_url=standin.base_url, api_key_env="STANDIN_KEY", **wire.own
        )
        settings = Settings(data_dir=tmp_path, providers={wire.kind: here})
        scene = connected(await a_scene(database, tmp_path), settings)
        yield House(scene, standin, wire)
        await scene.studio.connections.close()


@pytest.mark.parametrize("n", [1, 4])
async def test_pictures_come_all_the_way_and_are_charged_as_they_cost(house: House, n: int) -> None:
    done = await house.ends(n)
    assert isinstance(done, Completed)
    assert (len(done.pictures), done.charged) == (n, n * house.wire.each)
    assert await house.scene.spent() == n * house.wire.each
    assert [entry.generation.n for entry in house.standin.asked] == [n]


ONCE = (
    "rst_after_body",
    "fin_after_body",
    "400_policy",
    "500",
    "502",
    "504",
    "524",
    "empty",
    "no_data",
    "bad_json",
    "html",
    "fin_mid_answer",
    "rst_mid_answer",
    "wrong_length",
)
"""Faults after which nobody can be sure that nothing was drawn, or there is no sense in asking."""


@pytest.mark.parametrize("n", [1, 4])
async def test_no_fault_costs_anything_or_makes_a_second_picture(house: House, n: int) -> None:
    for kind in ONCE:
        asked = len(house.standin.asked)
        house.standin.script(fault(kind))
        end = await house.ends(n, kind)
        assert isinstance(end, Failed), kind
        assert len(house.standin.asked) == asked + 1, kind
        assert "nothing was charged" in end.error.message, kind
    assert await house.scene.spent() == 0


@pytest.mark.parametrize("house", ["comfyui"], indirect=True)
@pytest.mark.parametrize("n", [1, 4])
async def test_what_was_taken_is_found_by_its_name_and_paid_once(house: House, n: int) -> None:
    assert isinstance(house.standin, ComfyUIStandIn)
    house.standin.forgets = False
    lost = [kind for kind in ONCE if fault(kind).draws]
    for kind in lost:
        house.standin.script(fault(kind))
        assert isinstance(await house.ends(n, kind), Completed), kind
    assert len(house.standin.asked) == len(house.standin.completed) == len(lost)
    assert await house.scene.spent() == len(lost) * n * house.wire.each


@pytest.mark.parametrize("kind", ["429", "429_retry_after", "503"])
async def test_whoever_was_too_busy_is_asked_again(house: House, kind: str) -> None:
    house.standin.script(fault(kind))
    done = await house.ends()
    assert isinstance(done, Completed)
    assert len(house.standin.asked) == 2
    assert len(house.standin.completed) == 1
    assert await house.scene.spent() == house.wire.each


@pytest.mark.parametrize("kind", ["401", "403", "400_billing"])
async def test_trouble_of_the_operator_s_account_is_not_the_caller_s(
    house: House, kind: str
) -> None:
    house.standin.script(fault(kind))
    end = await house.ends()
    assert isinstance(end, Failed)
    assert (end.error.status, end.error.code) == (502, "provider_error")
    assert "for reasons that are not yours" in end.error.message
    assert await house.scene.spent() == 0


async def test_fewer_and_more_pictures_than_asked_are_charged_as_they_came(house: House) -> None:
    charged = 0
    for came in (1, 3, 6):
        house.standin.script(fault("images", came))
        end = await house.ends(4)
        assert isinstance(end, Completed)
        assert end.charged == min(came, 4) * house.wire.each
        charged += end.charged
    assert await house.scene.spent() == charged


async def test_a_host_that_nobody_reaches_costs_nothing(house: House) -> None:
    async with house.standin.refusing():
        end = await house.ends()
    assert isinstance(end, Failed)
    assert await house.scene.outcomes() == ["known_not_run"]
    assert await house.scene.spent() == 0
