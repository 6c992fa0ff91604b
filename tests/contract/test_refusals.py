"""Every refusal on the wire: one envelope, the field named, nothing charged and nothing stored."""

import re
from typing import Any

import httpx
import pytest
from tests.contract.envelope import FLARE, PATH, error_of, wanting
from tests.contract.gateway import Gateway

pytestmark = pytest.mark.parametrize("gateway", ["sqlite"], indirect=True)

SIZES: list[object] = ["1x1", "1025x1024", "big", "", "1024X1024", 5, []]
BODIES = [
    (b"", None),
    (b"  \r\n", None),
    (b"{", None),
    (b'{"model": "sketch-1", "prompt": "x"', None),
    (b"[]", None),
    (b'"sketch-1"', None),
    (b"null", None),
    (b"\xff\xfe", None),
    (b'{"prompt": "\xff"}', "prompt"),
    (b'{"model": "sketch-1", "prompt": "\\ud800"}', None),
    (b'{"n": NaN}', None),
    (b'{"model": "sketch-1", "prompt": "x", "n": 1e400}', "n"),
    (b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}", None),
    (b'{"a": ' * 65 + b"1" + b"}" * 65, None),
    (b"[" * 100_000, None),
    (b'{"a":' * 100_000, None),
    (b'{"a": [' + b"[]," * 100_000 + b"[]]}", None),
    (wanting(model=None), "model"),
    (wanting(model=""), "model"),
    (wanting(model=7), "model"),
    (wanting(model=["sketch-1"]), "model"),
    (wanting(prompt=None), "prompt"),
    (wanting(prompt=""), "prompt"),
    (wanting(prompt=" \n\t"), "prompt"),
    (wanting(prompt=7), "prompt"),
    (wanting(prompt="x" * 32_001), "prompt"),
    (wanting(model="dall-e-3", prompt="x" * 4_001), "prompt"),
    *[(wanting(n=n), "n") for n in (0, -1, 5, 2**63, 2**64, True, "1", "1e9", 1.5, [1])],
    (wanting(n=2, model="dall-e-3"), "n"),
    *[(wanting(size=size), "size") for size in SIZES],
    (wanting(model="dall-e-3", size="256x256"), "size"),
    (wanting(quality="superb"), "quality"),
    (wanting(style="gothic"), "style"),
    (wanting(response_format="jpeg"), "response_format"),
    (wanting(response_format=1), "response_format"),
    (wanting(background="red"), "background"),
    (wanting(background="transparent", output_format="jpeg"), "background"),
    (wanting(background="opaque", image_background="opaque"), "image_background"),
    (wanting(output_format="bmp"), "output_format"),
    (wanting(output_format="jpeg", output_compression=101), "output_compression"),
    (wanting(steps=0), "steps"),
    (wanting(steps=101), "steps"),
    (wanting(seed=-1), "seed"),
    (wanting(person_generation="all"), "person_generation"),
    (wanting(stream="yes"), "stream"),
    (wanting(stream=1), "stream"),
    *[(wanting(partial_images=n), "partial_images") for n in (-1, 4, True, "2", 1.5, [1])],
]


@pytest.mark.parametrize(("body", "param"), BODIES, ids=lambda value: str(value)[:40])
async def test_a_wrong_body_is_refused_by_name_and_costs_nothing(
    gateway: Gateway, http: httpx.AsyncClient, body: bytes, param: str | None
) -> None:
    before = await gateway.holdings()
    for key in (gateway.keys.live, gateway.keys.test):
        answer = await http.post(PATH, content=body, headers={"authorization": f"Bearer {key}"})
        assert error_of(answer, 400, "validation_failed")["param"] == param
    assert await gateway.holdings() == before


async def test_allowed_values_are_listed(gateway: Gateway, http: httpx.AsyncClient) -> None:
    cases: list[tuple[dict[str, object], str]] = [
        ({"model": "dall-e-3", "size": "256x256"}, "1024x1024, 1792x1024, 1024x1792"),
        ({"quality": "superb"}, "low, medium, high, xhigh, max, auto"),
        ({"n": 5}, "from 1 to 4"),
        ({"response_format": "x"}, "url, b64_json"),
    ]
    for fields, said in cases:
        answer = await http.post(
            PATH,
            content=wanting(**fields),
            headers={"authorization": f"Bearer {gateway.keys.live}"},
        )
        assert said in error_of(answer, 400, "validation_failed")["message"]


MODELS = [
    ("gpt-imagee-2-5-flare", 404, "model_not_found", "gpt-image-2-5-flare"),
    ("a/../b", 404, "model_not_found", "GET /v1/models"),
    ("\x00\u202e", 404, "model_not_found", "GET /v1/models"),
    ("x" * 10_000, 404, "model_not_found", "GET /v1/models"),
    ("gpt-image-1", 410, "model_retired", "2026-10-23"),
    ("suno-v6", 400, "model_not_supported", "/v1/music/generations"),
    ("flux-1-fill-dev", 400, "model_not_supported", "/v1/images/edits"),
    ("imagen-4", 410, "model_retired", "use "),
    ("flux-1-dev", 503, "service_unavailable", "cannot call"),
]


@pytest.mark.parametrize(("slug", "status", "code", "said"), MODELS)
async def test_a_model_that_cannot_answer_is_refused_with_what_to_do(
    gateway: Gateway, http: httpx.AsyncClient, slug: str, status: int, code: str, said: str
) -> None:
    before = await gateway.holdings()
    answer = await http.post(
        PATH,
        content=wanting(model=slug),
        headers={"authorization": f"Bearer {gateway.keys.live}"},
    )
    error = error_of(answer, status, code)
    assert said in error["message"]
    assert len(error["message"]) < 500
    if status != 503:
        assert error["param"] == "model"
    assert await gateway.holdings() == before


async def test_an_unknown_model_comes_with_the_three_nearest(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    answer = await http.post(
        PATH,
        content=wanting(model="gpt-image-2-5-flair"),
        headers={"authorization": f"Bearer {gateway.keys.live}"},
    )
    message = error_of(answer, 404, "model_not_found")["message"]
    found = re.search(r"the nearest are ([a-z0-9-]+), ([a-z0-9-]+), ([a-z0-9-]+)\.", message)
    assert found is not None
    assert found[1] == FLARE


WRONG_KEYS = {
    "nothing": None,
    "empty": "",
    "no key": "Bearer",
    "another scheme": "Basic aW5mOng=",
    "unknown": "Bearer inf_" + "0" * 36,
    "too short": "Bearer inf_1",
    "odd characters": "Bearer inf_" + "ä" * 36,
    "two keys": "Bearer inf_" + "a" * 36 + ", Bearer inf_" + "b" * 36,
    "of OpenAI": "Bearer sk-proj-" + "a" * 40,
    "very long": "Bearer inf_" + "a" * 20_000,
}


async def test_every_wrong_key_is_refused_in_the_same_words(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    keys = gateway.keys
    bad = {key: f"Bearer {secret}" for key, secret in [("x", keys.expired), ("y", keys.revoked)]}
    said = set()
    for given in [*WRONG_KEYS.values(), *bad.values(), f"Bearer {keys.admin}"]:
        headers = {} if given is None else {"authorization": given.encode()}
        for method, path in [
            ("POST", PATH),
            ("GET", "/v1/models"),
            ("GET", f"/v1/models/{FLARE}"),
            ("POST", f"/v1/models/{FLARE}/estimate"),
            ("GET", "/v1/images/jobs/imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P"),
            ("GET", "/v1/credits"),
            ("GET", "/v1/tools"),
        ]:
            answer = await http.request(method, path, headers=headers)  # type: ignore[arg-type]  # httpx takes bytes
            error = error_of(answer, 401, "invalid_api_key")
            said.add((error["message"], error["param"]))
    assert len(said) == 1
    assert "Incorrect API key provided" in said.pop()[0]


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER  {}", "{}"])
async def test_a_good_key_is_understood_in_every_spelling(
    gateway: Gateway, http: httpx.AsyncClient, form: str
) -> None:
    answer = await http.get(
        "/v1/credits", headers={"authorization": form.format(gateway.keys.live)}
    )
    assert answer.status_code == 200


async def test_an_empty_wallet_is_told_what_is_missing(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    before = await gateway.holdings()
    answer = await http.post(
        PATH,
        content=wanting(model="dall-e-3"),
        headers={"authorization": f"Bearer {gateway.keys.poor}"},
    )
    error = error_of(answer, 402, "insufficient_credits")
    assert error["type"] == "payment_required"
    assert "needs 4 credits and 0 are available" in error["message"]
    assert await gateway.holdings() == before


async def test_a_bound_key_may_use_its_models_alone(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    headers = {"authorization": f"Bearer {gateway.keys.bound}"}
    answer = await http.post(PATH, content=wanting(), headers=headers)
    assert error_of(answer, 403, "forbidden")["param"] == "model"
    allowed = {"model": "sketch-1", "prompt": "a dot", "size": "64x64"}
    assert (await http.post(PATH, json=allowed, headers=headers)).status_code == 200


async def test_a_job_of_others_is_as_unknown_as_one_that_never_was(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    wanted = {"model": "sketch-1", "prompt": "mine", "size": "64x64"}
    made = await http.post(
        PATH, json=wanted, headers={"authorization": f"Bearer {gateway.keys.test}"}
    )
    job_id = made.headers["x-job-id"]
    never = job_id[:-4] + ("0000" if job_id[-4:] != "0000" else "1111")
    said = []
    for key, wanted_id in [
        (gateway.keys.stranger, job_id),
        (gateway.keys.live, job_id),
        (gateway.keys.test, never),
        (gateway.keys.test, "no-id"),
        (gateway.keys.test, "imgjob_%00"),
    ]:
        answer = await http.get(
            f"/v1/images/jobs/{wanted_id}", headers={"authorization": f"Bearer {key}"}
        )
        error = error_of(answer, 404, "not_found")
        said.append(error["message"].replace(wanted_id, "ID"))
    assert len(set(said[:3])) == 1
    own = await http.get(
        f"/v1/images/jobs/{job_id}", headers={"authorization": f"Bearer {gateway.keys.test}"}
    )
    assert own.json()["status"] == "completed"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", PATH, "POST"),
        ("HEAD", PATH, "POST"),
        ("DELETE", f"/v1/models/{FLARE}", "GET, HEAD"),
        ("PUT", "/v1/credits", "GET, HEAD"),
        ("POST", "/v1/assets/a_01KA7M3W8Y5D2F4H6J8K0M2N4P", "GET, HEAD"),
        ("OPTIONS", PATH, "POST"),
    ],
)
async def test_another_method_is_told_which_are_allowed(
    gateway: Gateway, http: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await http.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
    if method == "HEAD":
        assert answer.content == b""
    else:
        error_of(answer, 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/v1"),
        ("POST", "/v1/images/variations"),
        ("POST", "/v1/video/upscale"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/batches"),
        ("GET", "/v1/images/generations/x"),
        ("GET", "/v1/assets/a/b"),
        ("GET", "/%00/%ff/%f0%9f%92%a9"),
        ("GET", "/" + "x" * 20_000),
    ],
)
async def test_nothing_is_there_in_the_same_envelope(
    gateway: Gateway, http: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await http.request(method, path)
    error = error_of(answer, 404, "not_found")
    assert error["message"].isprintable()
    assert len(error["message"]) < 300


async def test_a_body_that_is_too_large_is_refused_announced_or_not(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    before = await gateway.holdings()
    headers = {"authorization": f"Bearer {gateway.keys.live}"}
    large = wanting(prompt="x" * gateway.server.settings.max_body_bytes)

    async def pieces() -> Any:
        for start in range(0, len(large), 1 << 20):
            yield large[start : start + (1 << 20)]

    for content in (large, pieces()):
        error_of(await http.post(PATH, content=content, headers=headers), 413, "file_too_large")
    assert await gateway.holdings() == before


async def test_a_provider_that_is_not_configured_names_the_command(
    gateway: Gateway, http: httpx.AsyncClient
) -> None:
    answer = await http.post(
        PATH,
        content=wanting(model="qwen-image-3-0"),
        headers={"authorization": f"Bearer {gateway.keys.live}"},
    )
    error = error_of(answer, 503, "service_unavailable")
    assert "limner provider add alibaba --api-key-env DASHSCOPE_API_KEY" in error["message"]
    assert "a test key, which simulates every model" in error["message"]
