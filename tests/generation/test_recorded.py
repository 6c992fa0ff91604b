"""What the request log can tell of a generation afterwards: times, tries, tokens, ids, prompts."""

import dataclasses
from pathlib import Path

import pytest
from tests.generation.studios import Scene, Scripted, Step, a_request, a_scene, busy, picture, place

from limner.accounts.limits import Options
from limner.db.base import Database
from limner.jobs.request_log import Entry, RequestLog, Sought
from limner.providers.base import Accepted, Generated, ProviderError, Usage

PROMPT = "a paper lantern nobody else may read"


async def a_log(database: Database, folder: Path, *scripts: list[Step]) -> tuple[Scene, Entry]:
    """The only entry there is after a request for two pictures."""
    scene = await a_scene(database, folder, place(Scripted(*scripts)))
    await scene.events(a_request(PROMPT, n=2))
    return scene, await entry(scene)


async def entry(scene: Scene) -> Entry:
    own = Sought(scene.caller.workspace_id, scene.caller.mode, 10)
    (found,) = (await RequestLog(scene.database).page(own)).entries
    return found


async def test_a_generation_leaves_its_times_tokens_and_ids(
    database: Database, tmp_path: Path
) -> None:
    drawn = Generated((picture(1),), Usage(text_in=2, image_out=5), provider_request_id="up-1")
    _, entry = await a_log(database, tmp_path, [busy()], [Accepted(), drawn])
    assert (entry.n, entry.pictures, entry.tries, entry.provider) == (2, 1, 2, "xai")
    assert (entry.tokens_in, entry.tokens_out, entry.provider_request_id) == (2, 5, "up-1")
    times = entry.times
    assert times.queue is not None
    assert times.provider is not None
    assert times.store is not None
    assert times.provider > 0
    assert times.total == times.queue + times.provider + times.store


async def test_a_failed_generation_leaves_them_too(database: Database, tmp_path: Path) -> None:
    refused = ProviderError("no", outcome="ran", provider_request_id="up-2")
    _, entry = await a_log(database, tmp_path, [Accepted(), refused])
    assert (entry.state, entry.error_code) == ("failed", "provider_error")
    assert (entry.provider_request_id, entry.pictures) == ("up-2", 0)
    assert entry.times.provider is not None


@pytest.mark.parametrize("wanted", [None, False])
async def test_a_prompt_is_not_kept_unless_the_workspace_wants_it(
    database: Database, tmp_path: Path, wanted: bool | None
) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted([Generated((picture(),))])))
    caller = dataclasses.replace(scene.caller, options=Options(log_prompts=wanted))
    await dataclasses.replace(scene, caller=caller).events(a_request(PROMPT))
    assert (await entry(scene)).prompt is None


async def test_a_prompt_that_is_kept_is_sealed(database: Database, tmp_path: Path) -> None:
    scene = await a_scene(database, tmp_path, place(Scripted([Generated((picture(),))])))
    caller = dataclasses.replace(scene.caller, options=Options(log_prompts=True))
    await dataclasses.replace(scene, caller=caller).events(a_request(PROMPT))
    found = await entry(scene)
    assert found.prompt is not None
    assert PROMPT not in found.prompt
    assert scene.studio.vault.open(found.prompt, about=found.request_id) == PROMPT
    rows = await database.fetch("SELECT * FROM job")
    assert not any(PROMPT in str(value) for value in rows[0])
