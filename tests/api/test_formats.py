"""One picture, however it is asked for: the same bytes, the same format, the same credentials."""

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest
from tests.contract.pictures import seen

WANTED = {
    "model": "gpt-image-2-5-flare",
    "prompt": "a lantern in another format",
    "size": "1024x1024",
    "quality": "low",
    "output_format": "avif",
    "output_compression": 60,
}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def got(client: httpx.AsyncClient, url: str) -> bytes:
    answer = await client.get(url)
    assert answer.status_code == 200
    return answer.content


async def test_link_base64_job_and_file_are_the_same_bytes(
    live: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    wanted = WANTED | {"response_format": "b64_json", "store": True}
    answer = await live.post("/v1/images/generations", json=wanted)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    (one,) = body["data"]
    data = base64.b64decode(one["b64_json"])
    assert (seen(data).content_type, body["output_format"]) == ("image/avif", "avif")
    assert [each["name"] for each in body["parameters"]["emulated"]] == [
        "output_format",
        "output_compression",
    ]
    job = (await live.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
    (again,) = job["data"]
    file = await live.get(f"/v1/files/{one['file_id']}/content")
    copies = [data, await got(nobody, again["url"]), file.content]
    assert {sha(copy) for copy in copies} == {one["sha256"]} == {again["sha256"]}
    assert one["content_credentials"] == again["content_credentials"] == "absent"
    assert file.headers["content-type"] == "image/avif"


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "avif"])
async def test_a_stream_ends_with_the_format_that_was_asked_for(
    live: httpx.AsyncClient, form: str
) -> None:
    wanted = WANTED | {"stream": True, "output_format": form, "prompt": f"streamed as {form}"}
    answer = await live.post("/v1/images/generations", json=wanted)
    lines = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
    last = next(one for one in map(json.loads, reversed(lines)) if "b64_json" in one)
    data = base64.b64decode(last["b64_json"])
    assert seen(data).content_type == f"image/{form}"
    assert last["output_format"] == form


async def test_judging_tells_what_would_be_emulated_and_strict_lets_it_pass(
    live: httpx.AsyncClient,
) -> None:
    answer = await live.post(
        "/v1/models/gpt-image-2-5-flare/validate",
        json=WANTED,
        headers={"x-strict-params": "true"},
    )
    body = answer.json()
    assert body["valid"], body
    assert [one["to"] for one in body["parameters"]["emulated"]] == ["avif", 60]
    model = (await live.get("/v1/models/gpt-image-2-5-flare")).json()
    entry = model["_infery"]["params"]["output_format"]
    assert (entry["met"], entry["emulated"]) == ("native", ["avif"])
