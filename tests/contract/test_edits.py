"""Edits and upscaling by the public clients, unmodified: Infery's JSON and OpenAI's forms."""

import io
from pathlib import Path
from typing import Any

import openai as sdk
import pytest
from infery import APIError, JobDeferredError, NotFoundError
from tests.api.edits import PICTURE, mask, picture, uri
from tests.contract.clients import Client, infery_client, openai_client
from tests.contract.gateway import Gateway
from tests.contract.pictures import behind, in_base64
from tests.contract.test_streams import read

FLARE = "gpt-image-2-5-flare"
EDIT = {"model": "sketch-1", "prompt": "in sepia"}


async def test_infery_edits_with_a_model_of_openai(infery: Client, gateway: Gateway) -> None:
    answer = await infery.call(
        "images.edit",
        model=FLARE,
        prompt="a hat on the wren",
        image=PICTURE,
        mask=mask(),
        size="1024x1024",
        quality="low",
        response_format="url",
    )
    assert answer.credits_used > 0
    assert isinstance(answer.created, int)
    assert (await behind(answer.data[0]["url"])).size == "1024x1024"
    sent = gateway.upstream.standin.requests[-1].body
    assert PICTURE in sent
    assert mask() in sent


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_infery_edits_every_kind_of_picture(infery: Client, kind: str) -> None:
    answer = await infery.call("images.edit", **EDIT, image=picture(kind=kind))
    assert (await behind(answer.data[0]["url"])).size == "96x64"
    wrong = await infery.call(
        "images.edit", **EDIT, image=picture(kind=kind), image_mime_type="image/bmp", seed=None
    )
    assert wrong.credits_used == 0


async def test_infery_enlarges_what_a_link_leads_to(infery: Client) -> None:
    made = await infery.call("images.generate", model="sketch-1", prompt="a kite", size="256x256")
    answer = await infery.call(
        "images.upscale", model="sketch-upscale", image_url=made.data[0]["url"], scale=2
    )
    assert answer.credits_used == 0
    assert isinstance(answer.created, int)
    assert (await behind(answer.data[0]["url"])).size == "512x512"
    media = await infery.call(
        "media.generate", modality="upscale", model="sketch-upscale", image_url=uri()
    )
    assert (await behind(media.artifacts[0].url)).size == "192x128"


async def test_infery_is_told_what_it_cannot_have(infery: Client) -> None:
    with pytest.raises(APIError) as caught:
        await infery.call("images.edit", model="impatient", prompt="x", image=PICTURE)
    assert (caught.value.status, caught.value.code) == (400, "image_not_supported_by_model")
    with pytest.raises(APIError) as caught:
        await infery.call("images.upscale", model="sketch-upscale", image_url="http://localhost/")
    assert caught.value.code == "unsafe_image_url"
    with pytest.raises(NotFoundError):
        await infery.call("images.edit", model="sketch-9", prompt="x", image=PICTURE)


@pytest.mark.parametrize("manner", ["sync", "async"])
async def test_infery_collects_an_edit_that_takes_long(gateway: Gateway, manner: Any) -> None:
    slow = {"model": FLARE, "prompt": "a hat [[limner:delay=1s]]", "image": PICTURE}
    async with infery_client(manner, gateway.api, gateway.keys.test, Prefer="wait=0") as client:
        job = await client.call("images.edit", **slow, interval=0.05)
        assert job.status == "completed"
        with pytest.raises(JobDeferredError) as caught:
            await client.call("images.edit", **slow, background=True)
        done = await client.call("jobs.wait", caught.value.job_id, interval=0.05)
    assert done.status == "completed"


async def test_openai_edits_one_picture_or_several(openai: Client, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PICTURE)
    one = await openai.call("images.edit", **EDIT, image=tmp_path / "a.png")
    assert (await behind(one.data[0].url)).size == "96x64"
    several = await openai.call(
        "images.edit",
        model=FLARE,
        prompt="two wrens",
        image=[("a.png", PICTURE), io.BytesIO(picture("blue"))],
        n=2,
        size="1024x1024",
        quality="low",
        output_format="jpeg",
        output_compression=50,
        input_fidelity="high",
        background="opaque",
    )
    assert [in_base64(item).content_type for item in several.data] == ["image/jpeg"] * 2
    assert several.usage.input_tokens_details.image_tokens > 0


async def test_openai_edits_with_a_mask_and_extra_parameters(openai: Client) -> None:
    answer = await openai.call(
        "images.edit",
        **EDIT,
        image=PICTURE,
        mask=mask(),
        response_format="b64_json",
        extra_body={"seed": 7, "store": True},
    )
    assert in_base64(answer.data[0]).size == "96x64"
    assert answer.data[0].seed == 7
    assert answer.data[0].file_id.startswith("file_")


async def test_openai_follows_an_edit_as_it_is_made(openai: Client) -> None:
    stream = await openai.call("images.edit", **EDIT, image=PICTURE, stream=True, partial_images=2)
    events = await read(stream, openai)
    kinds = {event.type for event in events}
    assert {"image_edit.partial_image", "image_edit.completed", "completed"} <= kinds
    (finished,) = (event for event in events if event.type == "image_edit.completed")
    assert in_base64(finished).size == "96x64"


async def test_openai_is_told_what_it_cannot_have(openai: Client) -> None:
    for fields, param in (
        ({"mask": mask((64, 96))}, "mask"),
        ({"mask": mask(mode="L")}, "mask"),
        ({"image": b"words"}, "image"),
        ({"image": [PICTURE] * 17}, "image"),
        ({"n": 9}, "n"),
    ):
        with pytest.raises(sdk.BadRequestError) as caught:
            await openai.call("images.edit", **({**EDIT, "image": PICTURE} | fields))
        assert caught.value.param == param
    with (
        pytest.warns(DeprecationWarning, match="deprecated"),
        pytest.raises(sdk.NotFoundError, match="/v1/images/edits"),
    ):
        await openai.call("images.create_variation", image=PICTURE)


async def test_an_edit_sent_again_is_made_once(gateway: Gateway) -> None:
    before = await gateway.holdings()
    async with openai_client("async", gateway.api, gateway.keys.live) as client:
        answers = [
            await client.call(
                "images.with_raw_response.edit",
                **EDIT,
                image=PICTURE,
                extra_headers={"Idempotency-Key": "an-edit-of-its-own"},
            )
            for _ in range(2)
        ]
    assert answers[0].headers["x-job-id"] == answers[1].headers["x-job-id"]
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert (await gateway.holdings()).jobs == before.jobs + 1
