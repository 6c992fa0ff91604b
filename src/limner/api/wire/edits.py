"""What edits and upscaling ask for; they are answered as generations are."""

from typing import Annotated, Literal

import msgspec

from limner.api.wire.images import Form

Scale = Annotated[float, msgspec.Meta(gt=0)]


class PictureSource(msgspec.Struct, frozen=True, kw_only=True):
    """One picture: at a URL, which may be a `data:` URI, or one of the workspace's files."""

    image_url: str | None = None
    file_id: str | None = None


class EditOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an edit may say beside its pictures.

    Which values a model takes stands in its `allowedParams`; fields a model does not take are
    left out and reported, unknown fields likewise.
    """

    model: Annotated[str, msgspec.Meta(min_length=1)]
    prompt: Annotated[str, msgspec.Meta(min_length=1)]
    n: Annotated[int, msgspec.Meta(ge=1)] = 1
    size: str | None = None
    quality: str | None = None
    response_format: Form | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    strength: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    input_fidelity: Literal["high", "low"] | None = None
    background: Literal["transparent", "opaque", "auto"] | bool | None = None
    output_format: Literal["png", "webp", "jpeg", "avif"] | None = None
    output_compression: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    negative_prompt: str | None = None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    steps: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    store: bool | None = None
    webhook_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)] | None = None
    user: str | None = None
    stream: bool | None = None
    partial_images: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None


class EditBody(EditOptions, frozen=True, kw_only=True):
    """The JSON of `POST /v1/images/edits`, for the reference.

    At least one picture is required, in any of the fields for it; the mask belongs to the first.
    Types are read from the bytes, and `image_mime_type` and `mask_mime_type` count for nothing.
    """

    image_base64: str | None = None
    image_mime_type: str | None = None
    image_file_id: str | None = None
    image_url: str | None = None
    images: list[PictureSource] | None = None
    images_base64: list[str] | None = None
    mask_base64: str | None = None
    mask_mime_type: str | None = None
    mask_file_id: str | None = None
    mask: PictureSource | None = None


class EditFields(EditOptions, frozen=True, kw_only=True):
    """The same as a form. `image` may come several times, also as `image[]`."""

    image: Annotated[str, msgspec.Meta(extra_json_schema={"format": "binary"})]
    mask: Annotated[str, msgspec.Meta(extra_json_schema={"format": "binary"})] | None = None


class UpscaleBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /v1/images/upscale`, for the reference.

    One of `image_url`, `image_file_id` and `image_base64` is required.
    """

    model: Annotated[str, msgspec.Meta(min_length=1)]
    image_url: str | None = None
    image_file_id: str | None = None
    image_base64: str | None = None
    scale: Scale | None = None
    prompt: str | None = None
    response_format: Form | None = None
    output_format: Literal["png", "webp", "jpeg", "avif"] | None = None
    store: bool | None = None
    webhook_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)] | None = None
    stream: bool | None = None
