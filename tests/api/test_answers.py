"""What answers of a generation say in headers and body, and what becomes of each parameter."""

import base64
import hashlib
import re
from typing import Any

import httpx
import msgspec
import pytest
from tests.contract.gateway import Gateway
from tests.contract.pictures import behind, in_base64

from limner.api.wire.images import Images
from limner.api.wire.jobs import JobBody

PATH = "/v1/images/generations"
FLARE = "gpt-image-2-5-flare"
SMALL: dict[str, Any] = {"model": "sketch-1", "prompt": "a red square", "size": "64x64"}
OF_FLARE: dict[str, Any] = {"model": FLARE, "prompt": "a red square", "size": "1024x1024"}


async def test_a_good_answer_has_its_headers(live: httpx.AsyncClient) -> None:
    answer = await live.post(PATH, json=OF_FLARE)
    body = msgspec.json.decode(answer.content, type=Images)
    headers = answer.headers
    assert re.fullmatch(r"req_[0-9A-Z]{26}", headers["x-request-id"])
    assert re.fullmatch(r"imgjob_[0-9A-Z]{26}", headers["x-job-id"])
    assert re.fullmatch(r"[0-9]+(\.[0-9]{1,4})?", headers["x-credits-used"])
    assert float(headers["x-credits-used"]) == body.credits_used > 0
    assert headers["x-model-used"] == FLARE
    assert headers["content-type"] == "application/json"
    for absent in ("x-limner-mode", "x-infery-ignored-params", "x-infery-partial", "deprecation"):
        assert absent not in headers
    assert body.warnings == ()


async def test_the_job_says_the_same_as_the_answer(live: httpx.AsyncClient) -> None:
    answer = await live.post(PATH, json={**OF_FLARE, "n": 2, "response_format": "url"})
    told = msgspec.json.decode(answer.content, type=Images)
    polled = await live.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")
    job = msgspec.json.decode(polled.content, type=JobBody)
    assert polled.headers["x-credits-used"] == answer.headers["x-credits-used"]
    assert (job.credits_used, job.progress, job.status) == (told.credits_used, 100, "completed")
    assert isinstance(job.data, list)
    assert [one.sha256 for one in job.data] == [one.sha256 for one in told.data]
    assert job.model == told.model
    assert isinstance(job.completed_at, int)
    assert job.created <= job.completed_at


async def test_credits_fall_by_what_was_told_and_nothing_stays_on_hold(
    live: httpx.AsyncClient,
) -> None:
    before = (await live.get("/v1/credits")).json()
    used = (await live.post(PATH, json=OF_FLARE)).json()["credits_used"]
    after = (await live.get("/v1/credits")).json()
    assert before["balance"] - after["balance"] == pytest.approx(used)
    assert (after["held"], after["mode"]) == (0, "live")


async def test_what_had_been_read_before_is_told_and_cheaper(live: httpx.AsyncClient) -> None:
    new = "a red square, please" + "!" * 30
    seen = "a red square [[standin:cached=10]]" + "!" * 16
    plain, cached = [
        (await live.post(PATH, json={**OF_FLARE, "prompt": prompt})).json()
        for prompt in (new, seen)
    ]
    read = cached["usage"]["input_tokens_details"]
    assert read == {"text_tokens": 18, "image_tokens": 0, "cached_tokens": 10}
    assert plain["usage"]["input_tokens_details"] == {"text_tokens": 18, "image_tokens": 0}
    assert cached["usage"]["input_tokens"] == plain["usage"]["input_tokens"] == 18
    lines = [(line["what"], line["credits"]) for line in cached["cost"]["breakdown"]]
    assert lines[:2] == [
        ("gpt-image-2-5-flare prompt", 0.004),
        ("gpt-image-2-5-flare cached prompt", 0.0013),
    ]
    assert round(plain["credits_used"] - cached["credits_used"], 4) == 0.0037
    assert sum(credits for _, credits in lines) == pytest.approx(cached["credits_used"])


async def test_test_mode_is_said_on_good_and_bad_answers(play: httpx.AsyncClient) -> None:
    for wanted, status in [(SMALL, 200), ({**SMALL, "n": 99}, 400)]:
        answer = await play.post(PATH, json=wanted)
        assert (answer.status_code, answer.headers["x-limner-mode"]) == (status, "test")
    assert (await play.get("/v1/credits")).json()["mode"] == "test"


@pytest.mark.parametrize("mine", ["a", "trace-1.b_2", "x" * 128])
async def test_a_proper_request_id_comes_back(nobody: httpx.AsyncClient, mine: str) -> None:
    answer = await nobody.post(PATH, headers={"x-request-id": mine})
    assert answer.headers["x-request-id"] == mine
    assert answer.json()["error"]["request_id"] == mine


@pytest.mark.parametrize("theirs", [b"", b"a b", b"x" * 129, b"\xe4", b"a;b", b"<script>"])
async def test_an_improper_request_id_is_replaced(nobody: httpx.AsyncClient, theirs: bytes) -> None:
    answer = await nobody.get("/health/live", headers={b"x-request-id": theirs})
    assert re.fullmatch(r"req_[0-9A-Z]{26}", answer.headers["x-request-id"])


async def test_base64_and_link_are_the_same_bytes(live: httpx.AsyncClient) -> None:
    answer = await live.post(PATH, json={**OF_FLARE, "n": 2, "response_format": "b64_json"})
    items = answer.json()["data"]
    job = (await live.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
    for item, linked in zip(items, job["data"], strict=True):
        raw = base64.b64decode(item["b64_json"], validate=True)
        digest = hashlib.sha256(raw).hexdigest()
        assert digest == item["sha256"] == linked["sha256"]
        assert digest == (await behind(linked["url"])).sha256


async def test_base64_of_test_mode_is_the_stored_picture(play: httpx.AsyncClient) -> None:
    answer = await play.post(PATH, json={**SMALL, "response_format": "b64_json", "n": 2})
    job = (await play.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
    for item, linked in zip(answer.json()["data"], job["data"], strict=True):
        assert in_base64(item) == await behind(linked["url"])


async def test_ignored_parameters_are_named_in_header_and_body(play: httpx.AsyncClient) -> None:
    answer = await play.post(
        PATH,
        json={
            **SMALL,
            "style": "vivid",
            "moderation": "low",
            "partial_images": 2,
            "whatever": [1],
            "ö\n": 1,
            "user": None,
        },
    )
    named = answer.headers["x-infery-ignored-params"].split(",")
    body = answer.json()
    assert named == [item["name"] for item in body["parameters"]["ignored"]]
    assert named == [
        "partial_images",
        "style",
        "moderation",
        "whatever",
        "a-field-with-an-odd-name",
    ]
    assert all(any(name in said for said in body["warnings"]) for name in named)


async def test_strict_callers_are_refused_instead(play: httpx.AsyncClient) -> None:
    odd: list[tuple[dict[str, Any], str]] = [
        ({"style": "vivid"}, "style"),
        ({"whatever": 1}, "whatever"),
    ]
    for fields, param in odd:
        for word in ("true", "1", "True"):
            answer = await play.post(
                PATH, json={**SMALL, **fields}, headers={"x-strict-params": word}
            )
            assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    kind = await play.post(PATH, json=SMALL, headers={"x-strict-params": "true"})
    lax = await play.post(PATH, json={**SMALL, "style": "vivid"}, headers={"x-strict-params": "no"})
    assert (kind.status_code, lax.status_code) == (200, 200)


async def test_an_adjusted_size_is_told_and_is_what_comes(play: httpx.AsyncClient) -> None:
    wanted = {"model": "gemini-3-1-flash-lite-image", "prompt": "a red square", "size": "900x900"}
    answer = await play.post(PATH, json=wanted)
    body = answer.json()
    (change,) = body["parameters"]["adjusted"]
    assert (change["name"], change["from"], change["to"]) == ("size", "900x900", "1024x1024")
    assert body["size"] == (await behind(body["data"][0]["url"])).size == "1024x1024"
    assert "size adjusted" in answer.headers["x-limner-warnings"]


async def test_odd_words_in_warnings_stay_on_one_line_of_ascii(play: httpx.AsyncClient) -> None:
    odd = "[[limner:zürich\r\nx-evil: 1\u2028☃]]"
    answer = await play.post(PATH, json={**SMALL, "prompt": odd})
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers
    assert answer.headers["x-limner-warnings"].isascii()
    assert "☃" in answer.json()["warnings"][-1]


async def test_long_warnings_are_cut_in_the_header_alone(play: httpx.AsyncClient) -> None:
    odd = " ".join(f"[[limner:{'w' * 50}{number}]]" for number in range(40))
    answer = await play.post(PATH, json={**SMALL, "prompt": odd})
    assert len(answer.headers["x-limner-warnings"]) == 1000
    assert len("; ".join(answer.json()["warnings"])) > 1000


async def test_fewer_pictures_than_asked_are_told_and_paid_as_delivered(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    whole = await live.post(PATH, json={**OF_FLARE, "n": 2})
    part = await live.post(
        PATH, json={**OF_FLARE, "n": 4, "prompt": "a red square [[standin:images=2]]"}
    )
    assert part.status_code == 200
    assert part.headers["x-infery-partial"] == "2/4"
    assert len(part.json()["data"]) == 2
    assert whole.headers.get("x-infery-partial") is None
    play = await live.post(
        PATH,
        json={**SMALL, "n": 4, "prompt": "[[limner:partial=3/4]]"},
        headers={"authorization": f"Bearer {gateway.keys.test}"},
    )
    assert (play.headers["x-infery-partial"], len(play.json()["data"])) == ("3/4", 3)


async def test_a_deprecated_model_says_until_when(play: httpx.AsyncClient) -> None:
    answer = await play.post(
        PATH, json={"model": "qwen-image", "prompt": "a dot", "size": "1104x1472"}
    )
    assert answer.headers["deprecation"] == "true"
    assert "deprecated" in answer.headers["x-limner-warnings"]
    model = (await play.get("/v1/models/qwen-image")).json()
    if "shutdown" in model["_infery"]:
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} 00:00:00 GMT", answer.headers["sunset"])


async def test_an_alias_answers_for_a_retired_model_and_says_so(live: httpx.AsyncClient) -> None:
    answer = await live.post(
        PATH, json={"model": "dall-e-2", "prompt": "a red square", "size": "1024x1024"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == answer.headers["x-model-used"] == FLARE
    assert answer.headers["x-fallback-from"] == "dall-e-2"
    assert answer.headers["x-fallback-depth"] == "1"


@pytest.mark.parametrize(
    ("prefer", "applied"),
    [
        ("wait=0", "wait=0"),
        ("respond-async, Wait = 0", "wait=0"),
        ("wait=60", "wait=60"),
        ("wait=999999999", "wait=300"),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("await=0", None),
        ("", None),
    ],
)
async def test_the_preference_that_was_followed_is_told(
    play: httpx.AsyncClient, prefer: str, applied: str | None
) -> None:
    answer = await play.post(
        PATH, json={**SMALL, "prompt": "[[limner:delay=0.05s]]"}, headers={"prefer": prefer}
    )
    assert answer.status_code == (504 if applied == "wait=0" else 200)
    assert answer.headers.get("preference-applied") == applied


async def test_a_boolean_background_means_not_to_wait(play: httpx.AsyncClient) -> None:
    prompt = "[[limner:delay=0.05s]]"
    away = await play.post(PATH, json={**SMALL, "prompt": prompt, "background": True})
    assert away.status_code == 504
    job_id = away.json()["error"]["job_id"]
    assert away.headers["x-job-id"] == job_id
    stays = await play.post(PATH, json={**SMALL, "prompt": prompt, "background": False})
    assert stays.status_code == 200
    assert "background" not in stays.json()["parameters"]["applied"]


async def test_a_slash_at_the_end_changes_nothing(play: httpx.AsyncClient) -> None:
    assert (await play.post(PATH + "/", json=SMALL)).status_code == 200
    for path in ("/v1/models/", "/v1/models/sketch-1/", "/v1/credits/", "/health/live/"):
        assert (await play.get(path)).status_code == 200
    estimate = await play.post("/v1/models/sketch-1/estimate/", content=b"")
    assert estimate.json()["credits"] == 0


async def test_the_type_of_the_body_is_not_asked(play: httpx.AsyncClient) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; x=y"):
        body = msgspec.json.encode(SMALL)
        answer = await play.post(PATH, content=body, headers={"content-type": kind})
        assert answer.status_code == 200


async def test_null_is_not_sent(play: httpx.AsyncClient) -> None:
    nulls = dict.fromkeys(("n", "quality", "response_format", "stream", "background", "seed"))
    answer = await play.post(PATH, json={**SMALL, **nulls})
    assert answer.json()["parameters"] == {
        "applied": {"size": "64x64"},
        "adjusted": [],
        "emulated": [],
        "ignored": [],
    }


async def test_heads_are_answered_without_a_body(play: httpx.AsyncClient) -> None:
    for path in ("/v1/models", "/v1/credits", "/health/ready", "/openapi.json", "/nothing"):
        whole, head = await play.get(path), await play.head(path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        if path != "/nothing":  # an error has its request's own id in it
            assert head.headers["content-length"] == whole.headers["content-length"] != "0"


async def test_bodies_and_repeated_queries_of_gets_are_no_matter(play: httpx.AsyncClient) -> None:
    answer = await play.request("GET", "/v1/credits", content=b"{" * 100_000)
    assert answer.status_code == 200
    answer = await play.get("/v1/models?modality=music&modality=image&%ff=%01&x")
    found = {model["_infery"]["modality"] for model in answer.json()["data"]}
    assert found == {"image"}


async def test_links_follow_the_host_that_was_asked_unless_it_is_odd(
    play: httpx.AsyncClient, gateway: Gateway
) -> None:
    for host, begins in [
        ("pictures.example:8443", "http://pictures.example:8443"),
        ("[::1]:80", "http://[::1]:80"),
        ("a/b", gateway.server.url),
        ('x"><script>', gateway.server.url),
    ]:
        answer = await play.post(PATH, json=SMALL, headers={"host": host})
        assert answer.json()["data"][0]["url"].startswith(f"{begins}/v1/assets/")


async def test_forwarding_headers_do_not_change_links(
    play: httpx.AsyncClient, gateway: Gateway
) -> None:
    forged = {"x-forwarded-proto": "https", "x-forwarded-host": "elsewhere.example"}
    answer = await play.post(PATH, json=SMALL, headers=forged)
    assert answer.json()["data"][0]["url"].startswith(f"{gateway.server.url}/v1/assets/")
