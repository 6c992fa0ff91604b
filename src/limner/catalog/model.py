"""What one model is, takes and costs: the shape of a file in `catalog/models/`.

Amounts are decimal strings of US dollars (`"0.04"`), never floats. Sizes are `WIDTHxHEIGHT` in
pixels. Every entry names its source, because prices and lifecycles are facts somebody read.
"""

import datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

import msgspec

Met: TypeAlias = Literal["native", "translated", "emulated"]
"""How a parameter is honoured: by the upstream, in other terms, or by limner itself."""

Task: TypeAlias = Literal["generate", "edit", "upscale", "music"]
"""What is asked of a model; a parameter may mean something for one of these alone."""

Scalar: TypeAlias = str | int | float | bool


class EnumParam(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="enum"
):
    """One of `values`; `adjust` maps words of other models to ours, reported as adjusted."""

    values: tuple[str, ...]
    default: str | None = None
    adjust: dict[str, str] = {}
    met: Met = "native"
    only: Task | None = None
    note: str = ""


class IntegerParam(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="integer"
):
    min: int
    max: int
    default: int | None = None
    met: Met = "native"
    only: Task | None = None
    note: str = ""


class NumberParam(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="number"
):
    """A fraction; `clamp` moves a value outside to the edge and reports it as adjusted."""

    min: float
    max: float
    default: float | None = None
    clamp: bool = False
    met: Met = "native"
    only: Task | None = None
    note: str = ""


class BooleanParam(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="boolean"
):
    default: bool | None = None
    met: Met = "native"
    only: Task | None = None
    note: str = ""


class StringParam(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="string"
):
    max_chars: int
    default: str | None = None
    met: Met = "native"
    only: Task | None = None
    note: str = ""


Param: TypeAlias = EnumParam | IntegerParam | NumberParam | BooleanParam | StringParam


class SizeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sizes a model takes beyond its list: each side a multiple, area and ratio within bounds."""

    multiple_of: int = 1
    min_edge: int = 1
    max_edge: int = 16384
    min_pixels: int = 1
    max_pixels: int = 268_435_456
    max_ratio: float = 16.0


class Sizes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which `size` values a model takes, and what a ratio and a tier mean in pixels.

    `listed` is public as `supported_sizes`. `tiers` maps tier -> ratio -> pixels, for models that
    speak in `aspect_ratio` and `image_size`. `default` is what a request without a size gets,
    `edit_default` what an edit gets where that differs.
    """

    default: str
    edit_default: str | None = None
    listed: tuple[str, ...] = ()
    rule: SizeRule | None = None
    tiers: dict[str, dict[str, str]] = {}
    default_tier: str | None = None
    default_ratio: str = "1:1"


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many pictures one request may ask for; `upstream_max` is what one upstream call gives."""

    max: int
    upstream_max: int = 1


class Prompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`plain_max_chars` is the bound of music models where a request is no custom one."""

    max_chars: int
    plain_max_chars: int | None = None


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What kind of bytes come unless asked otherwise, and how answers carry them."""

    format: Literal["png", "jpeg", "webp", "mp3", "wav"] = "png"
    response_format: Literal["url", "b64_json"] = "url"
    transparent: bool = False
    revised_prompt: bool = False


class Capabilities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    generate: bool = True
    edit: bool = False
    mask: bool = False
    max_reference_images: int = 0
    stream: bool = False
    partial_images: bool = False
    cancel: bool = False
    deterministic: bool = False
    """The same request gives the same picture, without a seed."""


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for one picture where every named condition holds; the first that fits counts."""

    usd: str
    quality: str | None = None
    size: str | None = None
    tier: str | None = None
    prompt_extend: bool | None = None
    operation: str | None = None
    max_pixels: int | None = None


class PerImage(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="per_image"
):
    """A price per delivered picture, first fitting rate.

    `covers` is how many pictures one price pays for, where a call always gives several.
    `reported_in` names the provider's own cost figure, from which the charge is settled: the rates
    are then the ceiling that is held. `usd_ticks` are 1e-10 US dollars.
    """

    rates: tuple[Rate, ...]
    input_image_usd: str = "0"
    reported_in: Literal["usd_ticks", "usd_cents"] | None = None
    covers: Annotated[int, msgspec.Meta(ge=1)] = 1


class PerMegapixel(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="per_megapixel"
):
    """A price by area: the first megapixel, each further one, each megapixel of input.

    Where `default_steps` is set the whole is multiplied by max(1, steps / default_steps).
    """

    first_usd: str
    extra_usd: str
    input_usd: str = "0"
    default_steps: int | None = None
    reported_in: Literal["usd_ticks", "usd_cents"] | None = None


class TokenPrice(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="tokens"
):
    """US dollars per million tokens in each bucket, and how many tokens to set aside up front.

    Up front, image tokens come from the first of these that is given: `factors` (quality -> factor
    of the area formula, see `generation/pricing.py`), `table` (quality -> size -> tokens, `*` is
    any), `tier_tokens` (tier -> tokens). `held_as` says which quality is held for `auto`.
    `text_tokens` is the least allowance for the prompt, `text_out_tokens` for words and thinking.
    """

    text_in: str
    image_in: str
    image_out: str
    text_in_cached: str | None = None
    image_in_cached: str | None = None
    text_out: str = "0"
    factors: dict[str, int] = {}
    scale: dict[str, str] = {}
    table: dict[str, dict[str, int]] = {}
    tier_tokens: dict[str, int] = {}
    held_as: str | None = None
    text_tokens: int = 500
    text_out_tokens: int = 0
    image_in_tokens: int = 1500
    partial_image_tokens: int = 0


Price: TypeAlias = PerImage | PerMegapixel | TokenPrice


class Deployment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place a model runs: a configured provider's name and what it calls the model."""

    provider: str
    upstream_model: str
    protocol: str = ""
    timeout_s: int = 300


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slug: str
    display_name: str
    owner: str
    modality: Literal["image", "upscale", "music"]
    status: Literal["active", "deprecated", "retired"]
    source: str
    prompt: Prompt
    n: Count
    price: Price
    sizes: Sizes | None = None
    aliases: tuple[str, ...] = ()
    description: str = ""
    notes: tuple[str, ...] = ()
    released: datetime.date | None = None
    shutdown: datetime.date | None = None
    successor: str | None = None
    licence: str | None = None
    self_hosted: bool = False
    typical_seconds: float = 10.0
    capabilities: Capabilities = Capabilities()
    output: Output = Output()
    params: dict[str, Param] = {}
    deployments: tuple[Deployment, ...] = ()

    @property
    def created(self) -> int:
        """Unix seconds of the release day, as OpenAI-shaped clients expect; 0 when not known."""
        day = self.released or datetime.date(1970, 1, 1)
        return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp())


def usd(text: str) -> Decimal:
    """A catalog amount as a Decimal; the loader has checked that it is one."""
    return Decimal(text)
