"""OpenAI's edits: the exact form that is sent, and what each failure of one means."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest
from PIL import Image
from tests.providers.given import an_edit, given
from tests.providers.orders import drained
from tests.providers.secrets import KEY, everything_told
from tests.providers.test_openai_outcomes import MET
from tests.providers.verdicts import judged, outcome_of
from tests.sketch.files import file_of, flat, hole
from tests.standins.faults import FAULTS, fault
from tests.standins.forms import Form, read_form
from tests.standins.openai import OpenAIStandIn
from tests.standins.openai_rules import MODELS

from limner.catalog.load import load
from limner.providers.base import (
    Generated,
    InputImage,
    Order,
    PartialImage,
    ProviderError,
    Scalar,
)
from limner.providers.form import Form as Sent
from limner.providers.http_clients import open_client
from limner.providers.openai import OpenAIImages
from limner.providers.openai_edits import edit_form

GPT_IMAGES = [model for model in MODELS if not model.startswith("dall-e-")]
SIZE = "1024x1024"
EVERYTHING: Mapping[str, Scalar] = {
    "quality": "high",
    "style": "natural",
    "background": "transparent",
    "output_compression": 80,
    "moderation": "low",
    "user": "ada@example.org",
    "response_format": "url",
    "negative_prompt": "rain",
    "seed": 7,
    "strength": 0.5,
    "aspect_ratio": "1:1",
    "image_size": "2K",
    "input_fidelity": "high",
    "store": True,
}
"""More than any model of OpenAI's declares."""
SQUARE = file_of(Image.new("RGBA", (64, 64), (200, 30, 30, 128)))


def parsed(sent: Sent) -> Form:
    return read_form(sent.content_type, sent.body)


async def form_of(order: Order) -> Form:
    return parsed(await edit_form(order))


@pytest.mark.parametrize("model", GPT_IMAGES)
async def test_a_plain_edit_says_only_what_was_ordered(model: str) -> None:
    form = await form_of(an_edit(model=model, prompt="a kite", size=SIZE))
    assert form.texts == {
        "model": model,
        "prompt": "a kite",
        "n": "1",
        "size": SIZE,
        "output_format": "png",
    }


async def test_gpt_image_gets_its_own_parameters_and_moderation_is_not_among_them() -> None:
    form = await form_of(an_edit(size=SIZE, n=2, output_format="webp", params=EVERYTHING))
    assert form.texts == {
        "model": "gpt-image-2.5-flare",
        "prompt": "a red balloon",
        "n": "2",
        "size": SIZE,
        "quality": "high",
        "background": "transparent",
        "input_fidelity": "high",
        "output_compression": "80",
        "output_format": "webp",
        "safety_identifier": "cfe00dde46ef942601ffafb9e2825e802858b460e586b8305b344c1eb826357d",
    }


async def test_dall_e_2_gets_its_own_form() -> None:
    order = an_edit(SQUARE, model="dall-e-2", mask=SQUARE, size="512x512", n=3, params=EVERYTHING)
    form = await form_of(order)
    assert form.texts == {
        "model": "dall-e-2",
        "prompt": "a red balloon",
        "n": "3",
        "size": "512x512",
        "user": "ada@example.org",
        "response_format": "b64_json",
    }
    assert [(file.name, file.content_type) for file in form.files] == [
        ("image", "image/png"),
        ("mask", "image/png"),
    ]


def test_input_fidelity_reaches_only_models_whose_catalog_entry_declares_it() -> None:
    declaring = {
        deployment.upstream_model
        for model in load().models.values()
        for deployment in model.deployments
        if deployment.provider == "openai" and "input_fidelity" in model.params
    }
    assert declaring == {
        "gpt-image-1",
        "gpt-image-1-mini",
        "gpt-image-1.5",
        "chatgpt-image-latest",
    }


async def test_one_picture_is_image_and_several_are_a_list_in_order_with_the_mask_behind() -> None:
    pictures = [flat(colour=(shade, 0, 0)) for shade in (1, 2, 3)]
    (alone,) = (await form_of(an_edit(pictures[0]))).files
    assert (alone.name, alone.data) == ("image", pictures[0])
    mask = hole((64, 48), (0, 0, 9, 9))
    files = (await form_of(an_edit(*pictures, mask=mask))).files
    assert [file.name for file in files] == ["image[]", "image[]", "image[]", "mask"]
    assert [file.data for file in files] == [*pictures, mask]


async def test_each_file_is_named_by_its_own_kind() -> None:
    pictures = [file_of(Image.new("RGB", (8, 8)), form) for form in ("PNG", "JPEG", "WEBP")]
    files = (await form_of(an_edit(*pictures))).files
    assert [(file.filename, file.content_type) for file in files] == [
        ("image-1.png", "image/png"),
        ("image-2.jpg", "image/jpeg"),
        ("image-3.webp", "image/webp"),
    ]


@pytest.mark.parametrize(
    "prompt", ['"quoted"\r\nand --lines', "Ünïcödé 雪 🦊", "--x\r\ncontent-disposition: form-data"]
)
async def test_any_prompt_comes_through_as_it_was_written(prompt: str) -> None:
    assert (await form_of(an_edit(prompt=prompt))).texts["prompt"] == prompt


async def test_each_form_has_a_boundary_of_its_own() -> None:
    first, second = await edit_form(an_edit()), await edit_form(an_edit())
    assert first.content_type != second.content_type


def larger(image: InputImage, size: int) -> InputImage:
    return replace(image, size=size)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (an_edit(*[flat()] * 17), "one to 16 pictures"),
        (an_edit(file_of(Image.new("RGB", (8, 8)), "GIF")), "not image/gif"),
        (an_edit(mask=file_of(Image.new("RGB", (64, 48)), "WEBP")), "masks that are PNG"),
        (an_edit(SQUARE, SQUARE, model="dall-e-2"), "one picture"),
        (an_edit(model="dall-e-2"), "square PNG"),
        (an_edit(file_of(Image.new("RGB", (8, 8)), "JPEG"), model="dall-e-2"), "square PNG"),
    ],
)
async def test_pictures_openai_would_not_take_are_refused_before_anything_is_sent(
    order: Order, words: str
) -> None:
    with pytest.raises(ProviderError, match=words) as caught:
        await edit_form(order)
    assert (caught.value.outcome, caught.value.reason) == ("known_not_run", "bad_parameter")


@pytest.mark.parametrize(
    ("field", "megabytes", "words"), [("images", 50, "50 MB"), ("mask", 4, "less than 4 MB")]
)
async def test_files_beyond_openais_limits_are_refused(
    field: str, megabytes: int, words: str
) -> None:
    order = an_edit(mask=hole((64, 48), (0, 0, 9, 9)))
    assert order.mask is not None
    limit = megabytes * 1024 * 1024
    for size, refused in ((limit - 1, False), (limit, True)):
        if field == "mask":
            sized = replace(order, mask=larger(order.mask, size))
        else:
            sized = replace(order, images=(larger(order.images[0], size),))
        if not refused:
            await edit_form(sized)
            continue
        with pytest.raises(ProviderError, match=words):
            await edit_form(sized)


async def test_a_picture_that_cannot_be_read_any_more_was_not_sent() -> None:
    def gone() -> bytes:
        raise FileNotFoundError("/somewhere/secret")

    order = replace(an_edit(), images=(replace(given(flat()), read=gone),))
    with pytest.raises(ProviderError) as caught:
        await edit_form(order)
    assert caught.value.outcome == "known_not_run"
    assert "secret" not in f"{caught.value.message} {caught.value.detail}"


@pytest.fixture
async def standin() -> AsyncIterator[OpenAIStandIn]:
    async with OpenAIStandIn() as running:
        yield running


@pytest.fixture(params=["pyreqwest", "aiohttp"])
async def openai(
    request: pytest.FixtureRequest, standin: OpenAIStandIn
) -> AsyncIterator[OpenAIImages]:
    http = open_client(request.param, max_answer=200_000)
    provider = OpenAIImages(http, base_url=standin.base_url, api_key=KEY)
    yield provider
    await provider.aclose()


async def generated_by(provider: OpenAIImages, order: Order) -> Generated:
    last = (await drained(provider.run(order)))[-1]
    assert isinstance(last, Generated)
    return last


@pytest.mark.parametrize("model", [*GPT_IMAGES, "dall-e-2"])
async def test_every_model_that_edits_takes_the_form(
    standin: OpenAIStandIn, openai: OpenAIImages, model: str
) -> None:
    declared = load().get(model)
    assert declared is not None
    params: dict[str, Scalar] = {"size": SIZE}
    if "input_fidelity" in declared.params:
        params["input_fidelity"] = "low"
    mask = hole((64, 64), (8, 8, 40, 40))
    order = an_edit(SQUARE, model=model, mask=mask, size=SIZE, n=2, params=params)
    assert len((await generated_by(openai, order)).images) == 2
    (asked,) = standin.asked
    assert (asked.path, asked.generation.model, asked.generation.n) == (
        "/v1/images/edits",
        model,
        2,
    )
    assert asked.generation.pictures == tuple(
        hashlib.sha256(data).hexdigest() for data in (SQUARE, mask)
    )


async def test_tokens_of_the_pictures_that_went_in_are_told(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    order = an_edit(flat(), flat(), size=SIZE, params={"size": "auto", "quality": "low"})
    usage = (await generated_by(openai, order)).usage
    assert usage is not None
    assert (usage.image_in, usage.image_out) == (2 * 323, 196)


async def test_the_key_is_in_no_part_of_the_form(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    await generated_by(openai, an_edit(size=SIZE))
    sent = standin.requests[0]
    assert sent.headers.pop("authorization") == f"Bearer {KEY}"
    assert KEY not in f"{sent.headers} {sent.path} {sent.body!r}"


async def test_previews_of_an_edit_are_streamed(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    events = await drained(openai.run(an_edit(size=SIZE, partial_images=2)))
    assert [event.index for event in events if isinstance(event, PartialImage)] == [0, 1]
    assert isinstance(events[-1], Generated)
    assert b'name="stream"' in standin.requests[0].body


@pytest.mark.parametrize("partial_images", [0, 2])
@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_means_for_an_edit_what_it_means_for_a_new_picture(
    standin: OpenAIStandIn, openai: OpenAIImages, kind: str, partial_images: int
) -> None:
    standin.script(fault(kind, 400_000.0 if kind == "huge" else None))
    slow = kind in ("hang", "drip")
    order = an_edit(size=SIZE, partial_images=partial_images, timeout_s=0.3 if slow else 5.0)
    expected = MET[kind][1 if partial_images else 0]
    met = await outcome_of(openai, order)
    if isinstance(met, ProviderError):
        assert judged(met) == expected
        assert met.outcome != "known_not_run" or not standin.completed
        assert "red balloon" not in everything_told(met)
    else:
        assert expected == "delivered"
        assert len(standin.completed) == 1
    assert len(standin.asked) == (0 if kind == "rst_before_body" else 1)


async def test_a_refused_mask_is_named(standin: OpenAIStandIn, openai: OpenAIImages) -> None:
    order = an_edit(size=SIZE, mask=hole((10, 10), (0, 0, 3, 3)))
    with pytest.raises(ProviderError) as caught:
        await generated_by(openai, order)
    assert caught.value.message == "openai refused a parameter of this order: mask"


async def test_an_upscale_is_not_openais_trade(
    standin: OpenAIStandIn, openai: OpenAIImages
) -> None:
    with pytest.raises(ProviderError) as caught:
        await generated_by(openai, an_edit(task="upscale"))
    assert caught.value.outcome == "known_not_run"
    assert standin.log == []
