"""Every model of the catalog that draws answers a test key, in both forms, as it would live."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from tests.contract.pictures import behind, in_base64

from limner.api.wire.images import Images
from limner.catalog.load import load
from limner.catalog.model import Model
from limner.catalog.sizes import parsed, takes

MODELS = [
    model
    for model in load().models.values()
    if model.modality == "image" and model.capabilities.generate
]


def smallest(model: Model) -> str | None:
    """The quickest size to draw, where sizes may be chosen."""
    listed = model.sizes.listed if model.sizes else ()
    squares = [f"{side}x{side}" for side in (64, 256, 512, 816) if takes(model, f"{side}x{side}")]
    sides = [pixels for size in (*squares, *listed) if (pixels := parsed(size))]
    return str(min(sides, key=lambda one: one.width * one.height)) if sides else None


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.slug)
async def test_it_draws_in_both_forms(play: httpx.AsyncClient, model: Model) -> None:
    wanted: dict[str, Any] = {"model": model.slug, "prompt": "a dot", "size": smallest(model)}
    linked, inline = await asyncio.gather(
        *(
            play.post("/v1/images/generations", json={**wanted, "response_format": form})
            for form in ("url", "b64_json")
        )
    )
    bodies = [msgspec.json.decode(one.content, type=Images) for one in (linked, inline)]
    pictures = [await behind(linked.json()["data"][0]["url"])]
    pictures.append(in_base64(inline.json()["data"][0]))
    for answer, body, picture in zip((linked, inline), bodies, pictures, strict=True):
        (image,) = body.data
        assert answer.status_code == 200
        assert picture.content_type == image.content_type == f"image/{model.output.format}"
        assert body.output_format == model.output.format
        assert picture.size == body.size == f"{image.width}x{image.height}"
        assert wanted["size"] in (None, picture.size)
        assert picture.sha256 == image.sha256
        assert body.model == answer.headers["x-model-used"] == model.slug
        assert isinstance(image.revised_prompt, str) == model.output.revised_prompt
        assert answer.headers["x-limner-mode"] == "test"
    assert bodies[0].credits_used == bodies[1].credits_used
    estimate = await play.post(f"/v1/models/{model.slug}/estimate", json=wanted)
    assert estimate.json()["credits"] >= bodies[0].credits_used
