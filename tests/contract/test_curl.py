"""Every route of the contract by plain curl, and the rules that break clients when missed."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.api.edits import PICTURE, mask, text
from tests.contract.curl import Answer, Curl
from tests.contract.gateway import Gateway, limited_key
from tests.contract.pictures import behind, in_base64
from tests.files.pictures import encoded

from limner.ids import new_id

FLARE = "gpt-image-2.5-flare"
SQUARE = "1024x1024"
DRAW, JOBS, FILES, MODELS = "/images/generations", "/images/jobs", "/files", "/models"
MUSIC, EDIT = "/music/generations", "/images/edits"
FOREIGN = "image_not_supported_by_model"
PNG = encoded()
DECIMAL = re.compile(r"[0-9]+(\.[0-9]{1,6})?")
SMALL = {"model": "sketch-1", "prompt": "a kite", "size": "64x64"}


def wanted(what: str = "a wren", **more: Any) -> dict[str, Any]:
    """A request like no other."""
    return {"model": FLARE, "prompt": f"{what} {new_id('p')}", "size": SQUARE} | more


def error_of(answer: Answer, status: int, code: str) -> dict[str, Any]:
    assert answer.status == status, answer.body
    body = answer.json()
    assert isinstance(body["error"], dict)
    assert {"message", "type", "code", "param"} <= body["error"].keys()
    assert body["error"]["code"] == code
    error: dict[str, Any] = body["error"]
    return error


async def until_ended(curl: Curl, job_id: str) -> dict[str, Any]:
    """Poll a job to its end, looking at what each poll says."""
    progress = [0.0]
    while True:
        job: dict[str, Any] = (await curl(f"{JOBS}/{job_id}")).json()
        assert job["id"] == job_id
        assert job["status"] in ("queued", "processing", "completed", "failed")
        assert progress[-1] <= job["progress"] <= 100
        progress.append(job["progress"])
        if job["status"] in ("completed", "failed"):
            return job


async def test_an_answer_has_created_credits_and_data(curl: Curl) -> None:
    """Rule 1, and rule 5 beside it."""
    for body in (wanted(), wanted(n=3, response_format="url"), SMALL, SMALL | {"n": 2}):
        answer = await curl(DRAW, body=body)
        said = answer.json()
        assert answer.status == 200
        assert type(said["created"]) is int
        assert type(said["credits_used"]) in (int, float)
        assert DECIMAL.fullmatch(answer.headers["x-credits-used"])
        assert float(answer.headers["x-credits-used"]) == said["credits_used"]
        assert len(said["data"]) == body.get("n", 1)
        for item in said["data"]:
            assert len(item.keys() & {"url", "b64_json"}) == 1


async def test_pictures_come_as_base64_and_as_links(curl: Curl) -> None:
    (raw,) = (await curl(DRAW, body=wanted(response_format="b64_json"))).json()["data"]
    assert in_base64(raw).size == SQUARE
    (linked,) = (await curl(DRAW, body=wanted(response_format="url"))).json()["data"]
    assert linked["url"].startswith("http")
    assert (await behind(linked["url"])).size == SQUARE


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/chat/completions", 404, "not_found"),
        ("POST", "/embeddings", 404, "not_found"),
        ("POST", "/video/generations", 404, "not_found"),
        ("POST", "/video/upscale", 404, "not_found"),
        ("POST", "/audio/speech", 404, "not_found"),
        ("POST", "/3d/generations", 404, "not_found"),
        ("GET", "/workflows", 404, "not_found"),
        ("POST", "/capabilities/run", 404, "not_found"),
        ("POST", "/images/variations", 404, "not_found"),
        ("DELETE", f"/models/{FLARE}", 405, "method_not_allowed"),
        ("GET", DRAW, 405, "method_not_allowed"),
        ("GET", "/images/jobs/imgjob_x", 404, "not_found"),
        ("GET", "/files/file_x", 404, "not_found"),
    ],
)
async def test_what_is_not_there_is_said_in_the_envelope(
    curl: Curl, method: str, path: str, status: int, code: str
) -> None:
    """Rule 2, and rule 3: no job is named where there is none."""
    error = error_of(await curl(path, "-X", method), status, code)
    assert "job_id" not in error


async def test_refusals_have_the_envelope_and_name_no_job(curl: Curl, gateway: Gateway) -> None:
    keys = gateway.keys
    cases: list[tuple[str, object, int, str]] = [
        (keys.live, {"model": FLARE}, 400, "validation_failed"),
        (keys.live, [], 400, "validation_failed"),
        (keys.live, wanted(model="suno-v6"), 400, "model_not_supported"),
        (keys.live, wanted("[[standin:400_policy]]"), 400, "content_policy_violation"),
        ("", wanted(), 401, "invalid_api_key"),
        (keys.revoked, wanted(), 401, "invalid_api_key"),
        (keys.poor, wanted(), 402, "insufficient_credits"),
        (keys.bound, wanted(), 403, "forbidden"),
        (keys.live, wanted(model="no-such"), 404, "model_not_found"),
        (keys.live, wanted(model="gpt-image-1"), 410, "model_retired"),
        (keys.live, wanted("[[standin:500]]"), 502, "provider_error"),
        (keys.live, wanted("[[standin:429_retry_after=77]]"), 503, "service_unavailable"),
    ]
    for key, body, status, code in cases:
        answer = await replace(curl, key=key)(DRAW, body=body)
        assert "job_id" not in error_of(answer, status, code)
        assert answer.headers["x-request-id"]
        if status >= 500:
            assert answer.headers["x-should-retry"] == "false"


async def test_who_is_sent_away_is_told_not_to_send_again_and_collects(curl: Curl) -> None:
    """Rules 3, 4 and 6."""
    body = wanted("[[standin:delay=0.3]]")
    away = await replace(curl, headers={"prefer": "wait=0"})(DRAW, body=body)
    error = error_of(away, 504, "job_timeout")
    assert error["job_id"] == away.headers["x-job-id"]
    assert away.headers["x-should-retry"] == "false"
    assert away.headers["preference-applied"] == "wait=0"
    job = await until_ended(curl, error["job_id"])
    assert (job["status"], job["progress"], len(job["data"])) == ("completed", 100, 1)
    assert job["credits_used"] > 0


async def test_a_job_that_failed_says_why_in_a_string(curl: Curl, gateway: Gateway) -> None:
    body = wanted("[[limner:refuse]] [[limner:delay=0.5s]]")
    play = replace(curl, key=gateway.keys.test, headers={"prefer": "wait=0"})
    away = await play(DRAW, body=body)
    job = await until_ended(play, error_of(away, 504, "job_timeout")["job_id"])
    assert (job["status"], job["error_code"]) == ("failed", "content_policy_violation")
    assert isinstance(job["error"], str)


async def test_a_key_for_repeats_that_stands_for_another_body_is_a_409(curl: Curl) -> None:
    named = replace(curl, headers={"idempotency-key": new_id("k")})
    first = await named(DRAW, body=SMALL)
    again = await named(DRAW, body=SMALL)
    assert again.headers["x-job-id"] == first.headers["x-job-id"]
    other = await named(DRAW, body=SMALL | {"n": 2})
    assert "job_id" not in error_of(other, 409, "idempotency_mismatch")
    assert other.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("query", ["?stream=True", "?stream=true", "?stream=1", ""])
async def test_a_stream_ends_with_done_whatever_became_of_it(curl: Curl, query: str) -> None:
    """Rules 7, 8 and 11."""
    asked: dict[str, Any] = {} if query else {"stream": True}
    good = (await curl(DRAW + query, "--no-buffer", body=wanted(**asked))).frames()
    assert good[0]["type"] == "progress"
    assert good[-1].keys() >= {"type", "created", "data", "credits_used", "model"}
    assert not any(frame.get("error") for frame in good)
    bad = (
        await curl(DRAW + query, "--no-buffer", body=wanted("[[standin:500]]", **asked))
    ).frames()
    assert [frame["type"] for frame in bad if frame.get("error")] == ["error"]
    assert bad[-1]["error"].keys() >= {"message", "type", "code", "status", "param"}


async def test_query_switches_are_understood_in_python_too(curl: Curl) -> None:
    """Rule 11."""
    for value in ("True", "true", "1", "False"):
        listed = await curl(f"{MODELS}?include_tools={value}&modality=image")
        assert {model["_infery"]["modality"] for model in listed.json()["data"]} == {"image"}


async def test_null_was_not_sent(curl: Curl) -> None:
    """Rule 12."""
    optional = (
        *("n", "size", "quality", "style", "response_format", "background", "output_format"),
        *("output_compression", "moderation", "stream", "partial_images", "user", "seed"),
        *("negative_prompt", "aspect_ratio", "steps", "strength", "store", "prompt_extend"),
    )
    answer = await curl(DRAW, body=wanted() | dict.fromkeys(optional))
    said = answer.json()
    assert (answer.status, len(said["data"])) == (200, 1)
    assert said["parameters"]["ignored"] == []
    assert "b64_json" in said["data"][0]


async def test_files_take_their_parts_in_any_order(curl: Curl, tmp_path: Path) -> None:
    """Rule 10, and the life of a file."""
    picture = tmp_path / "room.png"
    picture.write_bytes(PNG)
    parts = ("-F", f"file=@{picture};type=image/png"), ("-F", "purpose=vision")
    made = [(await curl(FILES, *first, *second)).json() for first, second in (parts, parts[::-1])]
    for file in made:
        assert file.keys() >= {
            *("id", "object", "bytes", "created_at", "filename", "purpose", "status")
        }
        assert (file["filename"], file["bytes"]) == ("room.png", len(PNG))
        assert (await curl(f"{FILES}/{file['id']}")).json() == file
        content = await curl(f"{FILES}/{file['id']}/content")
        assert (content.headers["content-type"], content.body) == ("image/png", PNG)
    listed = await curl(f"{FILES}?limit=1&purpose=vision")
    assert listed.json()["data"][0]["id"] == listed.json()["last_id"]
    assert listed.json()["has_more"] is True
    assert {"x-storage-used-bytes", "x-storage-limit-bytes", "x-files-used", "x-files-limit"} <= (
        listed.headers.keys()
    )
    for file in made:
        gone = await curl(f"{FILES}/{file['id']}", "-X", "DELETE")
        assert gone.json() == {"id": file["id"], "object": "file", "deleted": True}


async def test_models_are_listed_told_and_estimated(curl: Curl) -> None:
    listed = (await curl(MODELS)).json()
    assert listed["object"] == "list"
    for model in listed["data"]:
        assert model.keys() >= {"id", "object", "created", "owned_by", "_infery"}
    model = (await curl(f"{MODELS}/{FLARE}")).json()
    assert model["allowedParams"] == model["_infery"]["allowed_params"]
    assert model.keys() >= {"capabilities", "pricing", "modality"}
    asked: dict[str, Any] = {"n": 2, "size": SQUARE, "quality": "low"}
    estimate = (await curl(f"{MODELS}/{FLARE}/estimate", body=asked)).json()
    drawn = (await curl(DRAW, body=wanted(**asked))).json()
    assert estimate["credits"] >= drawn["credits_used"] > 0
    assert (await curl(f"{MODELS}/gpt-image-1/estimate", body={})).json()["credits"] is None


async def test_there_are_no_tools(curl: Curl) -> None:
    assert (await curl("/tools")).json() == {"object": "list", "data": []}


async def test_music_is_made_streamed_and_collected(curl: Curl, gateway: Gateway) -> None:
    play = replace(curl, key=gateway.keys.test)
    song = {"model": "suno-v5", "prompt": "1 second of calm piano"}
    said = (await play(MUSIC, body=song)).json()
    assert said.keys() >= {"created", "credits_used", "data"}
    assert said["data"][0]["content_type"].startswith("audio/")
    frames = (await play(f"{MUSIC}?stream=true", "--no-buffer", body=song)).frames()
    assert frames[-1].keys() >= {"type", "created", "data", "credits_used", "model"}
    away = await replace(play, headers={"prefer": "wait=0"})(
        MUSIC, body=song | {"prompt": "1 second of [[limner:delay=0.3s]] drums"}
    )
    job_id = error_of(away, 504, "job_timeout")["job_id"]
    job = await until_ended(play, job_id)
    alias = (await play(f"{MUSIC}/{job_id}")).json()
    assert (alias["id"], alias["job_id"], alias["status"]) == (job_id, job_id, job["status"])


async def test_a_rate_limit_says_when_to_come_again(curl: Curl, gateway: Gateway) -> None:
    limited = replace(curl, key=await limited_key(gateway, requests_per_minute=1))
    first = await limited(DRAW, body=SMALL)
    assert (first.status, first.headers["x-ratelimit-limit"]) == (200, "1")
    assert first.headers["x-ratelimit-remaining"] == "0"
    refused = await limited(DRAW, body=SMALL)
    error = error_of(refused, 403, "rate_limit_exceeded")
    assert (error["type"], error["retryable"]) == ("rate_limit_error", True)
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.headers["x-should-retry"] == "true"


async def test_every_answer_has_the_id_its_caller_gave(curl: Curl) -> None:
    named = replace(curl, headers={"x-request-id": "mine-1"})
    for path in (MODELS, "/nowhere"):
        assert (await named(path)).headers["x-request-id"] == "mine-1"


async def test_a_budget_that_is_used_up_is_a_402(curl: Curl, gateway: Gateway) -> None:
    spent = replace(curl, key=await limited_key(gateway, max_budget_monthly_credits=1))
    error_of(await spent(DRAW, body=wanted()), 402, "budget_exceeded")


async def test_more_at_once_than_a_key_may_is_a_403(curl: Curl, gateway: Gateway) -> None:
    busy = replace(curl, key=await limited_key(gateway, max_concurrent=1))
    slow = SMALL | {"prompt": f"[[limner:delay=1s]] {new_id('p')}"}
    await replace(busy, headers={"prefer": "wait=0"})(DRAW, body=slow)
    error_of(await busy(DRAW, body=SMALL), 403, "concurrent_run_limit_reached")


@pytest.mark.parametrize("form", ["json", "multipart"])
async def test_pictures_are_edited_from_json_and_from_a_form(
    curl: Curl, tmp_path: Path, form: str
) -> None:
    """Rules 1 and 9."""
    picture, over = tmp_path / "picture.png", tmp_path / "mask.png"
    picture.write_bytes(PICTURE)
    over.write_bytes(mask())
    texts = {"model": FLARE, "prompt": f"a hat {new_id('p')}", "size": SQUARE}
    if form == "json":
        inside = {"image_base64": text(PICTURE), "mask_base64": text(mask())}
        answer = await curl(EDIT, body=texts | inside)
    else:
        parts = [f"{name}={value}" for name, value in texts.items()]
        parts += [f"image[]=@{picture}", f"image[]=@{picture}", f"mask=@{over}", "n=1"]
        answer = await curl(EDIT, *(word for part in parts for word in ("-F", part)))
    said = answer.json()
    assert type(said["created"]) is int
    assert float(answer.headers["x-credits-used"]) == said["credits_used"] > 0
    assert in_base64(said["data"][0]).size == SQUARE


async def test_an_edit_is_streamed_and_collected_like_a_drawing(curl: Curl) -> None:
    body = wanted("a hat", image_base64=text(PICTURE))
    frames = (await curl(EDIT, "--no-buffer", body=body | {"stream": True})).frames()
    assert [frame["type"] for frame in frames[-2:]] == ["image_edit.completed", "completed"]
    slow = wanted("[[standin:delay=0.3]]", image_base64=text(PICTURE))
    away = await replace(curl, headers={"prefer": "wait=0"})(EDIT, body=slow)
    job = await until_ended(curl, error_of(away, 504, "job_timeout")["job_id"])
    assert job["status"] == "completed"


async def test_a_picture_is_enlarged_from_its_link(curl: Curl) -> None:
    drawn = (await curl(DRAW, body=SMALL | {"response_format": "url"})).json()
    large = {"model": "sketch-upscale", "image_url": drawn["data"][0]["url"], "scale": 2}
    answer = await curl("/images/upscale", body=large)
    said = answer.json()
    assert (type(said["created"]), said["credits_used"]) == (int, 0)
    assert (await behind(said["data"][0]["url"])).size == "128x128"


async def test_pictures_that_cannot_be_taken_are_refused_by_name(curl: Curl) -> None:
    enlarge = {"model": "sketch-upscale"}
    cases: list[tuple[str, dict[str, Any], str]] = [
        (EDIT, wanted(model="impatient", image_base64=text(PICTURE)), FOREIGN),
        (EDIT, wanted(image_base64=text(b"words")), "unsupported_mime"),
        (EDIT, wanted(), "validation_failed"),
        ("/images/upscale", enlarge, "image_url_required"),
        ("/images/upscale", enlarge | {"image_url": "http://127.0.0.1/"}, "unsafe_image_url"),
        ("/images/upscale", enlarge | {"image_url": "file:///etc/passwd"}, "unsafe_image_url"),
    ]
    for path, body, code in cases:
        assert "job_id" not in error_of(await curl(path, body=body), 400, code)
