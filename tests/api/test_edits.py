"""Edits over HTTP: pictures come in many ways, and what comes back is what the same words gave."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
from tests.api.edits import (
    EDITS,
    PICTURE,
    SIZE,
    edited,
    formed,
    mask,
    parts,
    picture,
    seen,
    spooled,
    text,
    uploaded,
    uri,
    wanted,
)
from tests.api.forms import TYPE, form, part
from tests.contract.envelope import error_of
from tests.contract.gateway import Gateway


def shas(body: dict[str, Any]) -> list[str]:
    return [one["sha256"] for one in body["data"]]


async def bytes_of(client: httpx.AsyncClient, body: dict[str, Any]) -> bytes:
    return (await client.get(body["data"][0]["url"])).content


async def ended(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """A job, 10 seconds later at most."""
    for _ in range(200):
        job: dict[str, Any] = (await client.get(f"/v1/images/jobs/{job_id}")).json()
        if job["status"] in ("completed", "failed"):
            return job
        await asyncio.sleep(0.05)
    raise AssertionError("the job has no end")


async def test_an_edit_changes_the_picture_that_was_given(live: httpx.AsyncClient) -> None:
    answer = await live.post(EDITS, json=wanted(prompt="black and white"))
    body = answer.json()
    assert (body["size"], body["output_format"], body["model"]) == ("96x64", "png", "sketch-1")
    assert float(answer.headers["x-credits-used"]) == body["credits_used"] == 0
    assert answer.headers["x-job-id"].startswith("imgjob_")
    changed = seen(await bytes_of(live, body))
    red, green, blue = changed.convert("RGB").getpixel((48, 32))  # type: ignore[misc]  # three of them
    assert changed.size == SIZE
    assert red == green == blue


async def test_every_way_of_sending_a_picture_gives_the_same(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    file_id = await uploaded(live)
    link = (await edited(live, prompt="nothing", output_format="png"))["data"][0]["url"]
    expected = shas(await edited(live))
    bare: dict[str, Any] = {"image_base64": None}
    for fields in (
        {"image_base64": uri()},
        {"image_base64": text().replace("+", "-").replace("/", "_").rstrip("=")},
        {"image_base64": base64.encodebytes(PICTURE).decode()},
        {"image_mime_type": "image/jpeg"},
        {"image_mime_type": "image/heic"},
        bare | {"image_file_id": file_id},
        bare | {"image_url": uri()},
        bare | {"images": [{"image_url": uri()}]},
        bare | {"images": [{"image_url": {"url": uri(), "detail": "high"}}]},
        bare | {"images": [{"file_id": file_id}]},
        bare | {"images": [{"image_url": None, "file_id": file_id}]},
        bare | {"images": [uri()]},
        bare | {"image": uri()},
        bare | {"image": [text()]},
        bare | {"image": file_id},
        bare | {"images_base64": [text()]},
    ):
        assert shas(await edited(live, **fields)) == expected, fields
    for name in ("image", "image[]", "image[0]", "images"):
        assert shas((await formed(live, [(name, PICTURE)])).json()) == expected
    in_form = await live.post(EDITS, data=parts(), files={"image_file_id": (None, file_id)})
    assert shas(in_form.json()) == expected
    of_ours = await edited(live, prompt="black and white", image_base64=None, image_url=link)
    assert of_ours["size"] == "96x64"
    assert spooled(gateway) == []


async def test_escaped_json_is_read_as_it_was_meant(live: httpx.AsyncClient) -> None:
    escaped = text().replace("/", "\\/").replace("=", "\\u003d")
    body = json.dumps(wanted(image_base64="HERE")).replace("HERE", escaped)
    answer = await live.post(EDITS, content=body)
    assert shas(answer.json()) == shas(await edited(live))


async def test_parts_of_a_form_come_in_any_order_and_in_tiny_pieces(
    live: httpx.AsyncClient,
) -> None:
    whole = [
        part("mask", mask(), "m.png"),
        part("n", b"2"),
        part("image", PICTURE, ""),
        part("prompt", b"in sepia"),
        part("user", b""),
        part("seed", b"7"),
        part("model", b"sketch-1"),
    ]
    data = form(whole)

    async def drops() -> Any:
        for start in range(0, len(data), 7):
            yield data[start : start + 7]

    answer = await live.post(EDITS, content=drops(), headers={"content-type": TYPE})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["data"]) == 2
    backwards = await live.post(EDITS, content=form(whole[::-1]), headers={"content-type": TYPE})
    assert shas(backwards.json()) == shas(answer.json())


async def test_texts_of_a_form_become_what_their_parameters_are(live: httpx.AsyncClient) -> None:
    answer = await formed(
        live,
        [("image", PICTURE)],
        n="2",
        seed="7",
        output_format="jpeg",
        output_compression="50",
        store="true",
        response_format="url",
        guidance="3.5",
        prompt_extend="True",
        stream="false",
    )
    body = answer.json()
    assert answer.status_code == 200, answer.text
    applied = {"seed": 7, "output_format": "jpeg", "output_compression": 50}
    assert body["parameters"]["applied"] == applied
    assert {one["name"] for one in body["parameters"]["ignored"]} == {"guidance", "prompt_extend"}
    assert [one["content_type"] for one in body["data"]] == ["image/jpeg"] * 2
    assert all(one["file_id"] for one in body["data"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("n", "two"), ("n", "1.5"), ("n", "9"), ("stream", "maybe"), ("seed", "x"), ("size", "1x1")],
)
async def test_a_text_that_is_not_what_its_parameter_is_is_refused_by_name(
    live: httpx.AsyncClient, name: str, value: str
) -> None:
    answer = await formed(live, [("image", PICTURE)], **{name: value})
    assert error_of(answer, 400, "validation_failed")["param"] == name


async def test_a_mask_keeps_what_it_covers(live: httpx.AsyncClient) -> None:
    for fields in ({"mask_base64": text(mask())}, {"mask": {"image_url": uri(mask())}}):
        body = await edited(live, prompt="black and white", **fields)
        changed = seen(await bytes_of(live, body)).convert("RGB")
        kept, new = changed.getpixel((80, 32)), changed.getpixel((10, 32))
        assert kept == seen(PICTURE).getpixel((80, 32))
        assert new != seen(PICTURE).getpixel((10, 32))
    by_form = await formed(live, [("image", PICTURE), ("mask", mask())], prompt="black and white")
    assert shas(by_form.json()) == shas(body)


async def test_several_pictures_go_in(live: httpx.AsyncClient, play: httpx.AsyncClient) -> None:
    three = [("image[]", picture(colour)) for colour in ("red", "green", "blue")]
    answer = await formed(live, three, prompt="side by side")
    assert answer.status_code == 200, answer.text
    alone = await formed(live, three[:1], prompt="side by side")
    assert shas(answer.json()) != shas(alone.json())
    refs = await play.post(
        EDITS,
        json=wanted(
            model="gpt-image-1-5",
            image_base64=None,
            images=[{"image_url": uri(data)} for _, data in three],
            input_fidelity="high",
        ),
    )
    assert refs.status_code == 200, refs.text
    assert refs.json()["parameters"]["applied"] == {"input_fidelity": "high"}
    assert refs.headers["x-limner-mode"] == "test"


async def test_a_stream_tells_of_edits(live: httpx.AsyncClient, gateway: Gateway) -> None:
    for sent in (
        {"json": wanted(stream=True, partial_images=2)},
        {
            "data": parts(stream="true", partial_images="2"),
            "files": {"image": ("a.png", PICTURE)},
        },
    ):
        answer = await live.post(EDITS, **sent)
        assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
        assert '"image_edit.completed"' in answer.text
        assert '"image_generation.' not in answer.text
        assert answer.text.endswith("data: [DONE]\n\n")
    assert spooled(gateway) == []


async def test_who_does_not_wait_collects_the_edit_and_nothing_is_left(
    play: httpx.AsyncClient, gateway: Gateway
) -> None:
    fields = wanted(model="gpt-image-1-5", prompt="in sepia [[limner:delay=1s]]")
    answer = await play.post(EDITS, json=fields, headers={"prefer": "wait=0"})
    job_id = error_of(answer, 504, "job_timeout")["job_id"]
    assert len(spooled(gateway)) == 1
    job = await ended(play, job_id)
    assert (job["status"], len(job["data"])) == ("completed", 1)
    assert spooled(gateway) == []


async def test_repeats_are_known_by_their_pictures(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    headers = {"idempotency-key": "edit-1"}
    first = await live.post(EDITS, json=wanted(), headers=headers)
    again = await live.post(EDITS, json=wanted(image_base64=uri()), headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["x-job-id"] == first.headers["x-job-id"]
    assert shas(again.json()) == shas(first.json())
    other = wanted(image_base64=text(picture("blue")))
    error = await live.post(EDITS, json=other, headers=headers)
    assert (error.status_code, error.json()["error"]["code"]) == (409, "idempotency_mismatch")
    broken = await live.post(EDITS, json=wanted(), headers={"idempotency-key": "a b"})
    assert broken.status_code == 400
    assert spooled(gateway) == []


async def test_a_live_edit_goes_to_the_provider_with_its_pictures(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    answer = await formed(
        live,
        [("image[]", picture("red")), ("image[]", picture("blue")), ("mask", mask())],
        model="gpt-image-1-5",
        prompt="a red and a blue wren",
        quality="low",
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["credits_used"] > 0
    assert body["usage"]["input_tokens_details"]["image_tokens"] > 0
    sent = gateway.upstream.standin.requests[-1].body
    for data in (picture("red"), picture("blue"), mask()):
        assert data in sent
    assert b"a red and a blue wren" in sent
    assert spooled(gateway) == []


async def test_a_failed_edit_leaves_nothing(play: httpx.AsyncClient, gateway: Gateway) -> None:
    fields = wanted(model="gpt-image-1-5", prompt="in sepia [[limner:fail=500]]")
    error = error_of(await play.post(EDITS, json=fields), 502, "provider_error")
    assert "nothing was charged" in error["message"]
    assert spooled(gateway) == []


async def test_files_of_others_are_as_if_they_were_not(
    live: httpx.AsyncClient, gateway: Gateway
) -> None:
    theirs = await uploaded(live)
    headers = {"authorization": f"Bearer {gateway.keys.stranger}", "x-request-id": "same"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as stranger:
        answers = [
            await stranger.post(EDITS, json=wanted(image_base64=None, image_file_id=one))
            for one in (theirs, "file_8sK2mQ4vT1xZ7bN5cR9dW3eY", "odd", "../../etc/passwd")
        ]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert error_of(answers[0], 404, "not_found")["param"] == "image_file_id"


async def test_variations_are_refused_with_what_to_do_instead(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.post("/v1/images/variations", files={"image": ("a.png", PICTURE)})
    assert "/v1/images/edits" in error_of(answer, 404, "not_found")["message"]
    assert (await nobody.get("/v1/images/variations")).status_code == 405
