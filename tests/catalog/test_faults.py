"""Each thing that can be wrong with a model file is named by file and field."""

from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.catalog.files import PLAIN, copied, report_of

from limner.catalog.load import load

GPT = "openai/gpt-image-2-5-flare"
TABLE = "openai/gpt-image-1"
GEMINI = "google/gemini-3-pro-image"
FLUX = "flux/flux-1-dev"
GROK = "xai/grok-imagine-image-2-0"
MUSIC = "suno/suno-v5"
ZIMAGE = "alibaba/z-image-turbo"


class Broken(NamedTuple):
    source: str
    old: str
    new: str
    says: str

    def __str__(self) -> str:
        return self.says


SHAPE = [
    Broken(PLAIN, 'owner = "openai"\n', "", "owner: is missing"),
    Broken(PLAIN, "n = { max = 1 }", 'n = { max = "1" }', "n.max: Expected int, got str"),
    Broken(PLAIN, "max_chars = 4000", "max_chars = 4000.5", "prompt.max_chars: Expected int"),
    Broken(PLAIN, "[sizes]\n", "[sizes]\nlargest = 1\n", "sizes.largest: is not a field that"),
    Broken(PLAIN, "slug =", 'colour = "red"\nslug =', "colour: is not a field that is known"),
    Broken(PLAIN, 'status = "retired"', 'status = "gone"', "status: Invalid enum value 'gone'"),
    Broken(PLAIN, "2026-05-12", '"May"', "shutdown: Invalid"),
    Broken(PLAIN, 'usd = "0.04"', "usd = 0.04", "price.rates[0].usd: Expected str, got float"),
    Broken(PLAIN, 'kind = "per_image"', 'kind = "gift"', "price.kind: Invalid value 'gift'"),
    Broken(PLAIN, 'values = ["vivid"', 'values = [7, "vivid"', "params.style.values[0]: Expected"),
    Broken(PLAIN, '[params.style]\ntype = "enum"', "[params.style]", "params.style.type: is mis"),
    Broken(FLUX, "max = 50\n", 'max = "fifty"\n', "params.steps.max: Expected int, got str"),
    Broken(FLUX, '"16:9" = "1344x768"', '"16:9" = 7', "sizes.tiers.1K.16:9: Expected str, got int"),
    Broken(GROK, '"1:1" = "1536x1536"', '"1:1" = 7', "sizes.tiers.1.5K.1:1: Expected str, got int"),
    Broken(PLAIN, "slug", "slug slug", "file: cannot be read as TOML"),
]

VALUES = [
    Broken(PLAIN, 'slug = "dall-e-3"', 'slug = "dall.e.3"', "slug: 'dall.e.3' may hold only"),
    Broken(PLAIN, 'slug = "dall-e-3"', 'slug = "dall/e"', "slug: 'dall/e' may hold only"),
    Broken(GPT, '"gpt-image-2.5-flare"', '"gpt image"', "aliases: 'gpt image' may hold only"),
    Broken(PLAIN, 'owner = "openai"', 'owner = " "', "owner: is empty"),
    Broken(PLAIN, 'display_name = "DALL·E 3"', 'display_name = ""', "display_name: is empty"),
    Broken(PLAIN, "n = { max = 1 }", "n = { max = 17 }", "n.max: is 17, must be 1 to 16"),
    Broken(PLAIN, "n = { max = 1 }", "n = { max = 0 }", "n.max: is 0, must be 1 to 16"),
    Broken(PLAIN, "max = 1 }", "max = 1, upstream_max = 0 }", "n.upstream_max: is 0"),
    Broken(PLAIN, "max_chars = 4000", "max_chars = 0", "prompt.max_chars: is 0"),
    Broken(PLAIN, "typical_seconds = 15", "typical_seconds = 0", "typical_seconds: is 0"),
    Broken(PLAIN, "typical_seconds = 15", "typical_seconds = nan", "typical_seconds: is nan"),
    Broken(GPT, "edit = true\n", "", "capabilities.mask: a mask needs edit = true"),
    Broken(GPT, "max_reference_images = 16\n", "", "capabilities.max_reference_images: is above"),
    Broken(GPT, "stream = true\n", "", "capabilities.partial_images: partial images need stream"),
    Broken(MUSIC, "[capabilities]\n", "[capabilities]\ngenerate = false\n", "capabilities: the mo"),
]

PARAMS = [
    Broken(PLAIN, "[params.style]", "[params.Style]", "params.Style: its name may hold only"),
    Broken(PLAIN, "[params.style]", "[params.stream]", "params.stream: is a field limner reads"),
    Broken(PLAIN, '"vivid", "natural"', '"vivid", "vivid"', "params.style: values are empty or"),
    Broken(PLAIN, 'default = "vivid"', 'default = "loud"', "params.style: default 'loud' is not"),
    Broken(PLAIN, 'high = "hd"', 'high = "best"', "params.quality: adjust 'high' = 'best' must"),
    Broken(PLAIN, 'high = "hd"', 'hd = "hd"', "params.quality: adjust 'hd' = 'hd' must map"),
    Broken(FLUX, "min = 1\nmax = 50", "min = 51\nmax = 50", "params.steps: min 51 is above max 50"),
    Broken(FLUX, "default = 28", "default = 51", "params.steps: default 51 is outside 1 to 50"),
    Broken(FLUX, "max = 20.0", "max = inf", "params.guidance: min, max and default must be"),
    Broken(FLUX, "9223372036854775807", "9223372036854775808", "params.seed: min, max and defa"),
    Broken(PLAIN, "max_chars = 512", "max_chars = 0", "params.user: max_chars must be at least"),
    Broken(GEMINI, '"1:1", ', '"wide", ', "params.aspect_ratio: 'wide' is neither"),
    Broken(GEMINI, '"1:1", ', '"0:1", ', "params.aspect_ratio: '0:1' is neither"),
    Broken(GEMINI, '["1K", "2K", "4K"]', '["1K", "2K", "8K"]', "params.image_size: '8K' has no"),
    Broken(GPT, 'format = "png"', 'format = "jpeg"', "output.format: 'jpeg' is not the default"),
    Broken(
        GEMINI,
        '[params.aspect_ratio]\ntype = "enum"',
        '[params.aspect_ratio]\ntype = "string"\nmax_chars = 9\n[params.ratio]\ntype = "enum"',
        'params.aspect_ratio: must be of type "enum"',
    ),
    Broken(
        GEMINI,
        '[params.image_size]\ntype = "enum"',
        '[params.image_size]\ntype = "boolean"\n[params.tier]\ntype = "enum"',
        'params.image_size: must be of type "enum"',
    ),
]

SIZES = [
    Broken(PLAIN, '"1024x1024", "1792x1024"', '"square"', "sizes.listed: 'square' is not written"),
    Broken(PLAIN, '"1792x1024", ', '"1024x1024", ', "sizes.listed: holds a size twice"),
    Broken(PLAIN, 'default = "1024x1024"', 'default = "1x1"', "sizes.default: '1x1' is neither"),
    Broken(PLAIN, 'listed = ["1024x1024", "1792x1024", "1024x1792"]', "", "sizes.listed: is empty"),
    Broken(GPT, '"1792x1024", ', '"1000x1024", ', "sizes.listed: 1000x1024 does not keep the rule"),
    Broken(GPT, "multiple_of = 16", "multiple_of = 0", "sizes.rule.multiple_of: is 0"),
    Broken(GPT, "max_edge = 3840", "max_edge = 0", "sizes.rule.min_edge: must be at least 1"),
    Broken(GPT, "max_pixels = 8_294_400", "max_pixels = 9", "sizes.rule.min_pixels: must be at"),
    Broken(GPT, "max_ratio = 3.0", "max_ratio = nan", "sizes.rule.max_ratio: is nan, must be at"),
    Broken(GEMINI, "[sizes.tiers.2K]", "[sizes.tiers.3K]", "sizes.tiers: must be some of 512"),
    Broken(FLUX, '"16:9" = "1344x768"', '"16:9" = "wide"', "sizes.tiers.1K: 16:9 = 'wide' is not"),
    Broken(FLUX, '"16:9" = "1344x768"', '"wide" = "9x9"', "sizes.tiers.1K: wide = '9x9' is not"),
    Broken(FLUX, 'default_tier = "1K"', 'default_tier = "4K"', "sizes.default_tier: '4K' is not"),
    Broken(FLUX, 'default_tier = "1K"', 'default_tier = "1K"\ndefault_ratio = "7:1"', "default_ra"),
    Broken(
        PLAIN, "[sizes]", '[params.size_of]\ntype = "boolean"\n[no_sizes]', "no_sizes: is not a"
    ),
]

PRICES = [
    Broken(PLAIN, 'usd = "0.04"', 'usd = "four"', "price.rates[0].usd: 'four' is not a decimal"),
    Broken(PLAIN, 'usd = "0.04"', 'usd = "-0.04"', "price.rates[0].usd: '-0.04' is not a dec"),
    Broken(PLAIN, 'usd = "0.04"', 'usd = "NaN"', "price.rates[0].usd: 'NaN' is not a decimal"),
    Broken(PLAIN, 'usd = "0.04"', 'usd = "0"', "price.rates[0].usd: is 0, which only a self-hos"),
    Broken(GPT, 'image_out = "30"', 'image_out = "0"', "price.image_out: is 0, which only a self"),
    Broken(PLAIN, '  { usd = "0.12", quality = "hd" },\n', "", "price: has no rate for quality hd"),
    Broken(PLAIN, 'quality = "hd" }', 'quality = "ultra" }', "rates[3].quality: 'ultra' is never"),
    Broken(PLAIN, 'size = "1024x1024" }', 'size = "1x1" }', "rates[0].size: '1x1' is never asked"),
    Broken(GROK, 'tier = "1K" }', 'tier = "9K" }', "price.rates[0].tier: '9K' is never asked"),
    Broken(GROK, 'operation = "edit"', 'operation = "blur"', "rates[4].operation: 'blur' is never"),
    Broken(
        PLAIN, 'quality = "hd" }', "prompt_extend = true }", "rates[3].prompt_extend: True is n"
    ),
    Broken(PLAIN, 'quality = "hd" }', "max_pixels = 0 }", "price.rates[3].max_pixels: 0 is never"),
    Broken(ZIMAGE, '  { usd = "0.03" },\n', "", "price: has no rate for prompt_extend True"),
    Broken(TABLE, "high = { 1024x1024 = 4160,", "high = {", "price: has no rate for quality high"),
    Broken(TABLE, 'held_as = "high"\n', "", "price: has no rate for quality auto"),
    Broken(GPT, "high = 48", "high = 0", "price.factors.high: is too small to count tokens with"),
    Broken(GEMINI, "4K = 2000", "4K = 0", "price.tier_tokens.4K: is too small to count tokens"),
    Broken(GEMINI, "4K = 2000", "4K = 2000000000", "price.tier_tokens.4K: is more than"),
    Broken(TABLE, "image_in_tokens = 5000", "image_in_tokens = -1", "price.image_in_tokens: is to"),
    Broken(FLUX, "default_steps = 28", "default_steps = 0", "price.default_steps: is 0, must be"),
    Broken("openai/gpt-image-2-6-flare", '"850/196"', '"0"', "price.scale.low: '0' is not a"),
    Broken(
        "openai/gpt-image-2-6-flare", '"850/196"', '"850/0"', "price.scale.low: '850/0' is not a"
    ),
]

LIVES = [
    Broken(
        GPT,
        '"gpt-image-2.5-flare"',
        '"gpt-image-2-5-flare"',
        "aliases: 'gpt-image-2-5-flare' is there",
    ),
    Broken(PLAIN, 'successor = "gpt-image-2-5-flare"', 'successor = "dall-e-3"', "successor: is t"),
    Broken(PLAIN, '"gpt-image-2-5-flare"', '"dall-e-4"', "successor: there is no model 'dall-e-4'"),
    Broken(PLAIN, '"gpt-image-2-5-flare"', '"dall-e-2"', "successor: 'dall-e-2' is itself retired"),
    Broken(PLAIN, "shutdown =", "released = 2026-05-12\nshutdown =", "shutdown: is not after rele"),
    Broken(FLUX, 'licence = "FLUX Non-Commercial"\n', "", "licence: a self-hosted model must name"),
    Broken(FLUX, 'provider = "flux"', 'provider = ""', "deployments[0]: must name a provider and"),
    Broken(FLUX, "timeout_s = 600", "timeout_s = 0", "deployments[0].timeout_s: must be 1 to 1800"),
    Broken(FLUX, "deployments = [{", "deployments = []\nx = [{", "x: is not a field that is known"),
    Broken(
        GPT, '"gpt-image-2.5-flare"', '"dall-e-2"', "aliases: 'dall-e-2' is also a name of dall-e-2"
    ),
]


@pytest.mark.parametrize("broken", [*SHAPE, *VALUES, *PARAMS, *SIZES, *PRICES, *LIVES], ids=str)
def test_a_fault_is_named_by_file_and_field(broken: Broken, tmp_path: Path) -> None:
    path = copied(tmp_path, broken.source, (broken.old, broken.new))
    report = report_of(tmp_path)
    after = report[report.index(f"  {path}") + 1 :]
    faults = list(takewhile(lambda line: line.startswith("    "), after))
    assert any(broken.says in fault for fault in faults), report


@pytest.mark.parametrize("source", sorted({broken.source for broken in PRICES + SIZES}))
def test_the_files_that_are_broken_here_are_sound_before(source: str, tmp_path: Path) -> None:
    copied(tmp_path, source)
    load([tmp_path])


@pytest.mark.parametrize(
    ("source", "old", "new"),
    [
        (PLAIN, "max_chars = 4000", "max_chars = 1"),
        (PLAIN, "n = { max = 1 }", "n = { max = 16 }"),
        (FLUX, "timeout_s = 600", "timeout_s = 1800"),
        (FLUX, "max = 50\ndefault = 28", "max = 28\ndefault = 28"),
        (FLUX, "max = 50\ndefault = 28", "max = 1\ndefault = 1"),
        (GPT, "max_ratio = 3.0", "max_ratio = 2"),
        (PLAIN, 'usd = "0.04"', 'usd = "0.0000001"'),
    ],
)
def test_what_is_just_within_the_bounds_is_no_fault(
    source: str, old: str, new: str, tmp_path: Path
) -> None:
    copied(tmp_path, source, (old, new))
    load([tmp_path])


def test_a_model_without_a_price_is_refused(tmp_path: Path) -> None:
    path = copied(tmp_path, PLAIN)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("[price]")], encoding="utf-8")
    assert report_of(tmp_path)[1:] == [f"  {path}", "    price: is missing"]


def test_two_models_with_one_name_are_both_named(tmp_path: Path) -> None:
    path = copied(tmp_path, GPT, ('"gpt-image-2.5-flare"', '"dall-e-2"'))
    report = report_of(tmp_path)
    ours = next(line for line in report if line.endswith("dall-e-2.toml"))
    assert report[report.index(ours) + 1].strip() == (
        "slug: 'dall-e-2' is also a name of gpt-image-2-5-flare"
    )
    assert f"  {path}" in report


def test_a_retired_model_needs_its_date_or_a_note_that_says_why_not(tmp_path: Path) -> None:
    text = copied(tmp_path, PLAIN, ("shutdown = 2026-05-12\n", "")).read_text(encoding="utf-8")
    load([tmp_path])
    start, end = text.index("notes = ["), text.index("]", text.index("notes = ["))
    (tmp_path / "dall-e-3.toml").write_text(text[:start] + text[end + 2 :], encoding="utf-8")
    assert "    shutdown: a retired model needs its date, or a note" in "\n".join(
        report_of(tmp_path)
    )


def test_a_model_that_nobody_draws_with_must_be_retired(tmp_path: Path) -> None:
    place = 'deployments = [{ provider = "alibaba", upstream_model = "z-image-turbo", '
    copied(tmp_path, ZIMAGE, (place + 'protocol = "sync_multimodal" }]', ""))
    assert "    deployments: are missing, so nobody could draw" in report_of(tmp_path)


def test_only_music_declares_its_response_format(tmp_path: Path) -> None:
    copied(tmp_path, PLAIN, ("[params.style]", "[params.response_format]"))
    assert "params.response_format: is a field limner reads itself" in "\n".join(
        report_of(tmp_path)
    )


def test_a_plain_prompt_is_no_longer_than_a_custom_one(tmp_path: Path) -> None:
    copied(tmp_path, MUSIC, ("plain_max_chars = 500", "plain_max_chars = 5001"))
    assert "prompt.plain_max_chars: must be at least 1" in "\n".join(report_of(tmp_path))


def test_only_music_has_no_size(tmp_path: Path) -> None:
    copied(tmp_path, MUSIC, ('modality = "music"', 'modality = "image"'))
    assert "    sizes: are missing" in report_of(tmp_path)


def test_the_holes_of_one_price_are_one_fault(tmp_path: Path) -> None:
    copied(tmp_path, GROK, ('  { usd = "0.04", tier = "1K" },\n  { usd = "0.06" },\n', ""))
    last = report_of(tmp_path)[-1]
    assert last == "    price: has no rate for quality auto, image_size 1K, nor for 2 other mixes"
