"""The JSON of pictures: what a generation asks for and what it is answered."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from limner.api.wire.written import Cost, Parameters
from limner.files.credentials import Credentials

Form = Literal["url", "b64_json"]


class GenerationBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `POST /v1/images/generations`, for the reference.

    Which values a model takes stands in its `allowedParams`; fields a model does not take are
    left out and reported, unknown fields likewise.
    """

    model: Annotated[str, msgspec.Meta(min_length=1)]
    prompt: Annotated[str, msgspec.Meta(min_length=1)]
    n: Annotated[int, msgspec.Meta(ge=1)] | None = 1
    size: str | None = None
    quality: str | None = None
    style: Literal["vivid", "natural"] | None = None
    response_format: Form | None = None
    aspect_ratio: str | None = None
    image_size: str | None = None
    person_generation: Literal["dont_allow", "allow_adult", "allow_all"] | None = None
    background: Literal["transparent", "opaque", "auto"] | bool | None = None
    image_background: Literal["transparent", "opaque", "auto"] | None = None
    output_format: Literal["png", "webp", "jpeg", "avif"] | None = None
    output_compression: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    input_fidelity: Literal["high", "low"] | None = None
    moderation: Literal["auto", "low"] | None = None
    negative_prompt: str | None = None
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    steps: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    store: bool | None = None
    cache: bool | None = None
    """Whether a picture that was drawn before will do; the workspace's option unless said."""
    webhook_url: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)] | None = None
    """Where to tell that the job has ended."""
    user: str | None = None
    stream: bool | None = None
    partial_images: Annotated[int, msgspec.Meta(ge=0, le=3)] | None = None


class Tokens(msgspec.Struct, frozen=True):
    text_tokens: int
    image_tokens: int
    cached_tokens: int | UnsetType = UNSET


class UsageBody(msgspec.Struct, frozen=True):
    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_tokens_details: Tokens


class Image(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One picture: `url` or `b64_json`, never both. `sha256` is that of the bytes, in hex.

    `b64_json` is the first field, so that its text can be put into the encoded JSON without a copy.
    """

    b64_json: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    revised_prompt: str | UnsetType = UNSET
    content_type: str
    width: int
    height: int
    sha256: str
    seed: int | UnsetType = UNSET
    content_credentials: Credentials | UnsetType = UNSET
    original_url: str | UnsetType = UNSET
    """The signed picture that this was made from, where it lost its credentials by that."""
    kept_until: int | UnsetType | None = UNSET
    file_id: str | UnsetType = UNSET


class Images(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The 200 of a generation. `parameters` and `cost` say what was made of the request."""

    created: int
    data: list[Image]
    credits_used: float
    model: str
    fallback_from: str | UnsetType = UNSET
    cached: bool | UnsetType = UNSET
    """True where the pictures were drawn before, for a request that was the very same."""
    size: str | UnsetType = UNSET
    quality: str | UnsetType = UNSET
    background: str | UnsetType = UNSET
    output_format: str | UnsetType = UNSET
    usage: UsageBody | UnsetType = UNSET
    parameters: Parameters
    cost: Cost
    warnings: tuple[str, ...] = ()
