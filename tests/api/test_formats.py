"""One picture, however it is asked for: the same bytes, the same format, the same credentials."""

import base64
import hashlib
import json
from typing import Any

import httpx
import pytest
from tests.contract.gateway import Gateway
from tests.contract.pictures import seen
from tests.files.manifests import signed
from tests.standins.openai import Drawing

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


async def test_a_signed_original_opens_by_a_link_of_its_own(
    gateway: Gateway,
    live: httpx.AsyncClient,
    nobody: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    standin = gateway.upstream.standin
    plainly, given = standin.drawn, []

    def with_manifest(drawing: Drawing, number: int) -> str:
        given.append(signed(base64.b64decode(plainly(drawing, number)), "image/png"))
        return base64.b64encode(given[-1]).decode()

    monkeypatch.setattr(standin, "drawn", with_manifest)
    wanted = WANTED | {"response_format": "url", "prompt": "a signed lantern"}
    answer = await live.post("/v1/images/generations", json=wanted)
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["data"]
    assert one["content_credentials"] == "removed"
    assert seen(await got(nobody, one["url"])).content_type == "image/avif"
    original = await nobody.get(one["original_url"])
    assert original.headers["content-type"] == "image/png"
    assert original.content == given[-1]
    job = (await live.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
    assert await got(nobody, job["data"][0]["original_url"]) == given[-1]
    for wrong in (
        one["url"].replace("?", "?original=1&"),
        one["original_url"].replace("original=1&", ""),
    ):
        assert (await nobody.get(wrong)).status_code == 404


async def test_there_is_no_original_of_a_picture_that_is_as_it_came(
    live: httpx.AsyncClient,
) -> None:
    wanted = WANTED | {"output_format": "png", "output_compression": None}
    answer = await live.post(
        "/v1/images/generations", json=wanted | {"response_format": "url", "prompt": "untouched"}
    )
    (one,) = answer.json()["data"]
    assert "original_url" not in one
    assert answer.json()["parameters"]["emulated"] == []
