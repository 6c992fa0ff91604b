"""What a guard refuses costs nobody, is seen by nobody, and is paid by the operator if drawn."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.databases import FreshUrl
from tests.faults.load import EACH, MODEL, SIZE, host, looking, started
from tests.files.pictures import encoded
from tests.servers import a_key, administer
from tests.standins.messages import Answer
from tests.standins.openai import OpenAIStandIn
from tests.standins.receiver import Receiver

from limner.app import Limner
from limner.settings import Settings

PATH, EDITS = "/v1/images/generations", "/v1/images/edits"
WANTED: dict[str, Any] = {"model": MODEL, "prompt": "a quiet street", "size": SIZE}
FILE = """
guard = "words"
[guards.words]
blocked = ["gun"]
[guards.asked]
url = "{url}/look"
secret_env = "GUARD_SECRET"
timeout_s = 1
[guards.lax]
url = "{url}/look"
timeout_s = 1
on_failure = "open"
"""
LOSSES = "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM posting WHERE kind = 'loss'"


def says(allow: bool | list[bool], reason: str = "") -> Answer:
    body = msgspec.json.encode({"allow": allow, "reason": reason})
    return Answer(200, body, {"content-type": "application/json"})


@dataclass(frozen=True, slots=True)
class House:
    settings: Settings
    url: str
    key: str
    guard: Receiver
    standin: OpenAIStandIn

    async def choose(self, guard: str | None) -> None:
        async def work(limner: Limner) -> None:
            accounts = limner.services.accounts
            owner = await accounts.workspace("default")
            await accounts.set_workspace(owner.id, {"guard": guard})

        await administer(self.settings, work)
        await asyncio.sleep(0)

    async def asks(self, path: str = PATH, key: str = "", **body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {key or self.key}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60) as client:
            return await client.post(path, json=WANTED | body)

    async def lost(self) -> int:
        async with looking(self.settings) as database:
            return int((await database.fetch(LOSSES))[0][1] or 0)

    def question(self, at: int) -> dict[str, Any]:
        """What the guard was asked, of the JSON part of its form."""
        _, _, rest = self.guard.requests[at].body.partition(b"application/json\r\n\r\n")
        found: dict[str, Any] = msgspec.json.decode(rest.partition(b"\r\n--")[0])
        return found


@asynccontextmanager
async def house(sqlite_url: FreshUrl, folder: Path, guard: str | None) -> AsyncIterator[House]:
    async with OpenAIStandIn() as standin, Receiver() as receiver:
        (folder / "limner.toml").write_text(FILE.format(url=receiver.url))
        settings = Settings(data_dir=folder, database_url=sqlite_url(), log_level="error")
        await host(settings, standin)
        key = await a_key(settings, "live", credits=1000 * EACH)
        environ = {"LIMNER_CONFIG": str(folder / "limner.toml"), "GUARD_SECRET": "sesame"}
        place = House(settings, "", key, receiver, standin)
        await place.choose(guard)
        async with started(settings, environ) as server:
            yield House(settings, server.url, key, receiver, standin)


@pytest.fixture
async def asked(sqlite_url: FreshUrl, tmp_path: Path) -> AsyncIterator[House]:
    async with house(sqlite_url, tmp_path, "asked") as place:
        yield place


async def test_a_blocked_word_is_refused_before_anything_is_held(
    sqlite_url: FreshUrl, tmp_path: Path
) -> None:
    async with house(sqlite_url, tmp_path, None) as place:
        refused = await place.asks(prompt="a GUN on a table")
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (400, "content_policy_violation")
        assert (error["param"], error["credits_used"]) == ("prompt", 0)
        assert "does not allow 'gun'" in error["message"]
        assert "x-job-id" not in refused.headers
        judged = await place.asks(f"/v1/models/{MODEL}/validate", prompt="gun")
        assert judged.json()["error"]["code"] == "content_policy_violation"
        assert (await place.asks(prompt="a gunner")).status_code == 200
        assert len(place.standin.asked) == 1


async def test_a_guard_is_asked_before_and_after_with_all_it_needs(asked: House) -> None:
    asked.guard.told.extend([says(True), says([True, True])])
    answer = await asked.asks(n=2)
    assert answer.status_code == 200, answer.text
    first, second = asked.guard.requests
    assert first.headers["authorization"] == "Bearer sesame"
    before, after = asked.question(0), asked.question(1)
    assert (before["stage"], before["prompt"], before["n"]) == ("before", "a quiet street", 2)
    assert (before["model"], before["task"], before["pictures"]) == (MODEL, "generate", 0)
    assert before["job_id"] == after["job_id"] == answer.headers["x-job-id"]
    assert (after["stage"], after["pictures"]) == ("after", 2)
    assert second.body.count(b"content-type: image/png") == 2
    assert second.body.count(b"\x89PNG\r\n\x1a\n") == 2


async def test_what_is_refused_before_is_never_ordered_and_costs_nobody(asked: House) -> None:
    asked.guard.told.append(says(False, "no streets, please\n"))
    refused = await asked.asks()
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, "content_policy_violation")
    assert "does not allow the request: no streets, please; nothing was charged" in error["message"]
    assert asked.standin.asked == []
    assert await asked.lost() == 0


async def test_what_is_refused_after_is_charged_to_nobody_and_lost_to_the_operator(
    asked: House,
) -> None:
    asked.guard.told.extend([says(True), says(False)])
    refused = await asked.asks()
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["credits_used"]) == (
        400,
        "content_policy_violation",
        0,
    )
    assert "data" not in refused.json()
    assert await asked.lost() == EACH


async def test_of_several_pictures_those_that_are_allowed_are_delivered_and_charged(
    asked: House,
) -> None:
    asked.guard.told.extend([says(True), says([True, False, True], "too loud")])
    answer = await asked.asks(n=3)
    body = answer.json()
    assert (answer.status_code, len(body["data"])) == (200, 2)
    assert body["credits_used"] == 2 * EACH / 1_000_000
    assert any("does not allow 1 of the pictures: too loud" in one for one in body["warnings"])
    assert await asked.lost() == EACH


@pytest.mark.parametrize(
    "told", [3.0, 500, says(True).__class__(200, b"fine", {}), says([True, True])]
)
async def test_a_guard_that_does_not_answer_lets_nothing_pass(
    asked: House, told: Answer | int | float
) -> None:
    asked.guard.told.append(told)
    refused = await asked.asks()
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (503, "service_unavailable")
    assert "nothing was charged" in error["message"]
    assert asked.standin.asked == []


async def test_a_guard_that_falls_silent_in_between_costs_the_operator_alone(asked: House) -> None:
    asked.guard.told.extend([says(True), 500])
    refused = await asked.asks()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "service_unavailable")
    assert await asked.lost() == EACH


async def test_an_open_guard_that_is_silent_is_told_as_a_warning(
    sqlite_url: FreshUrl, tmp_path: Path
) -> None:
    async with house(sqlite_url, tmp_path, "lax") as place:
        place.guard.told.extend([500, 500])
        answer = await place.asks()
        assert answer.status_code == 200
        warned = [one for one in answer.json()["warnings"] if "did not answer" in one]
        assert len(warned) == 2


async def test_pictures_to_work_on_are_shown_to_the_guard(asked: House) -> None:
    asked.guard.told.append(says(False))
    refused = await asked.asks(EDITS, image_base64=b64encode(encoded()).decode(), model="sketch-1")
    assert refused.json()["error"]["code"] == "content_policy_violation"
    assert asked.question(0)["pictures"] == 1
    assert b"\x89PNG" in asked.guard.requests[0].body


async def test_nobody_sees_a_preview_of_what_was_not_looked_at(asked: House) -> None:
    asked.guard.told.extend([says(True), says(True)])
    answer = await asked.asks(model="sketch-1", stream=True, partial_images=2)
    assert "partial_image" not in answer.text
    assert "previews are not shown" in answer.text
    assert '"completed"' in answer.text


async def test_a_guard_that_nobody_knows_is_refused_by_name(
    sqlite_url: FreshUrl, tmp_path: Path
) -> None:
    async with house(sqlite_url, tmp_path, None) as place:

        async def hire(limner: Limner) -> str:
            return (await limner.services.accounts.create_key(None, "admin", "admin"))[1]

        admin = await administer(place.settings, hire)
        headers = {"authorization": f"Bearer {admin}"}
        async with httpx.AsyncClient(base_url=place.url, headers=headers) as client:
            wrong = await client.patch(
                "/v1/admin/workspaces/default", json={"options": {"guard": "strict"}}
            )
            assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "guard")
            assert "there are: words, asked, lax, none" in wrong.json()["error"]["message"]
            right = await client.patch(
                "/v1/admin/workspaces/default", json={"options": {"guard": "none"}}
            )
            assert right.json()["options"]["guard"] == "none"
