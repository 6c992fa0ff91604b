"""What the Infery client can ask for beside pictures and music is not here, and it is told so."""

from typing import Any

import pytest
from infery import APIError, NotFoundError
from tests.contract.clients import Client

NAMED = {"model": "m", "prompt": "x"}
ELSEWHERE: dict[str, dict[str, Any]] = {
    "chat.completions.create": {"model": "m", "messages": []},
    "chat.completions.stream": {"model": "m", "messages": []},
    "embeddings.create": {"model": "m", "input": "x"},
    "videos.generate": NAMED,
    "videos.submit": NAMED,
    "videos.retrieve": {"job_id": "vgen_1"},
    "videos.wait": {"job_id": "vgen_1"},
    "videos.upscale": {"model": "m", "video_url": "https://example.org/v.mp4"},
    "audio.speech.create": {"model": "m", "input": "x"},
    "audio.transcriptions.create": {"model": "m", "file": b"x", "filename": "x.mp3"},
    "audio.transformations.create": {"model": "m", "audio_url": "https://example.org/a.mp3"},
    "three_d.generate": NAMED,
    "capabilities.run": {"capability_id": "c", "input": {}},
    "workflows.create": {"name": "w", "definition": {}},
    "workflows.delete": {"workflow_id": "w"},
    "workflows.estimate": {"workflow_id": "w"},
    "workflows.list": {},
    "workflows.retrieve": {"workflow_id": "w"},
    "workflows.update": {"workflow_id": "w", "name": "x"},
    "workflows.runs.cancel": {"run_id": "r"},
    "workflows.runs.create": {"input": {}, "workflow_id": "w"},
    "workflows.runs.logs": {"run_id": "r"},
    "workflows.runs.retrieve": {"run_id": "r"},
    "workflows.runs.stream": {"input": {}, "workflow_id": "w"},
    "workflows.templates.list": {},
    "workflows.templates.retrieve": {"slug": "s"},
}


async def first(result: Any, client: Client) -> Any:
    """A stream is asked for when its first event is."""
    return next(result) if client.manner == "sync" else await anext(result)


@pytest.mark.parametrize("method", ELSEWHERE)
async def test_it_is_not_found(infery: Client, method: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await first(await infery.call(method, **ELSEWHERE[method]), infery)
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("modality", ["video", "audio", "object_3d"])
async def test_media_of_another_kind_are_not_found_either(infery: Client, modality: str) -> None:
    wanted = {"model": "m", "input": "x"} if modality == "audio" else NAMED
    with pytest.raises(APIError) as caught:
        await infery.call("media.generate", modality=modality, **wanted)
    assert (caught.value.status, caught.value.code) == (404, "not_found")
