"""Facts of the packaged catalog that clients and operators build on."""

import re

import pytest

from limner.catalog.load import load
from limner.catalog.model import EnumParam, Model, PerImage, TokenPrice
from limner.catalog.rates import combinations, image_tokens, picture, rate_of

CATALOG = load()
MODELS = list(CATALOG.models.values())
SLUGS = sorted(CATALOG.models)
AREA_TOKENS = """
1024x1024 | 196 1756 7024  | 196 439 1756 3122 7024
1536x1024 | 158 1372 5488  | 158 343 1372 2459 5488
1024x1536 | 158 1372 5488  | 158 343 1372 2459 5488
1792x1024 | 139 1243 5063  | 139 323 1243 2271 5063
1024x1792 | 139 1243 5063  | 139 323 1243 2271 5063
2048x2048 | 397 3568 14272 | 397 892 3568 6343 14272
2560x1440 | 205 1843 7370  | 205 478 1843 3276 7370
3840x2160 | 371 3336 13342 | 371 865 3336 5930 13342
"""
"""Output tokens as resellers list and bill them: GPT Image 2, then 2.5, by rising quality."""


def model(slug: str) -> Model:
    found = CATALOG.get(slug)
    assert found is not None
    return found


def test_every_state_of_life_is_there() -> None:
    states = [one.status for one in MODELS]
    assert {state: states.count(state) for state in set(states)} == {
        "active": 52,
        "deprecated": 21,
        "retired": 16,
    }
    assert sum(one.self_hosted for one in MODELS) == 11


@pytest.mark.parametrize("slug", SLUGS)
def test_a_slug_holds_no_dot_and_the_upstream_name_leads_to_it(slug: str) -> None:
    assert "." not in slug
    for deployment in model(slug).deployments:
        upstream = deployment.upstream_model
        if re.search(r"[0-9]\.[0-9]", upstream) and "/" not in upstream:  # which is a path
            assert CATALOG.get(upstream) is model(slug)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("gemini-2.5-flash-image", "gemini-2-5-flash-image"),
        ("nano-banana", "gemini-2-5-flash-image"),
        ("nano-banana-pro", "gemini-3-pro-image"),
        ("imagen-4.0-generate-001", "imagen-4"),
        ("gpt-image-1.5", "gpt-image-1-5"),
        ("grok-imagine-image-2.0", "grok-imagine-image-2-0"),
        ("wan2.7-image", "wan2-7-image"),
        ("flux-pro-1.1", "flux-pro-1-1"),
        ("suno", "suno-music"),
    ],
)
def test_other_names_of_a_model(name: str, slug: str) -> None:
    assert model(name).slug == slug


def test_names_are_read_as_they_are_written() -> None:
    assert CATALOG.get("GPT-IMAGE-2") is None
    assert CATALOG.get("") is None


@pytest.mark.parametrize(
    ("slug", "gone_on", "successor"),
    [
        ("dall-e-2", "2026-05-12", "gpt-image-2-5-flare"),
        ("dall-e-3", "2026-05-12", "gpt-image-2-5-flare"),
        ("gpt-image-1", "2026-10-23", "gpt-image-2-5-flare"),
        ("gpt-image-1-mini", "2026-12-01", "gpt-image-2-6-flare"),
        ("imagen-4", "2026-08-17", "gemini-nano-banana-2-1"),
        ("imagen-3", "2025-11-10", "gemini-nano-banana-2-1"),
        ("grok-imagine-image-quality", "2026-11-02", "grok-imagine-image-2-0"),
    ],
)
def test_when_a_model_ends_and_what_follows(slug: str, gone_on: str, successor: str) -> None:
    assert str(model(slug).shutdown) == gone_on
    assert model(slug).successor == successor


@pytest.mark.parametrize("slug", [one.slug for one in MODELS if one.status != "active"])
def test_whoever_leaves_a_model_is_told_where_to_go(slug: str) -> None:
    leaving = model(slug)
    assert leaving.successor or "no successor" in " ".join(leaving.notes)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_mix_of_priced_parameters_has_a_price(slug: str) -> None:
    priced = model(slug)
    for params in combinations(priced):
        drawn = picture(priced, params)
        if isinstance(priced.price, PerImage):
            assert rate_of(priced.price, drawn) is not None


@pytest.mark.parametrize("row", AREA_TOKENS.strip().splitlines())
def test_gpt_image_takes_the_tokens_that_resellers_list(row: str) -> None:
    size, *columns = (cell.strip() for cell in row.split("|"))
    for slug, tokens in zip(("gpt-image-2", "gpt-image-2-5-flare"), columns, strict=True):
        for quality, count in zip(
            ("low", "medium", "high", "xhigh", "max"), tokens.split(), strict=False
        ):
            assert tokens_of(slug, size, quality) == int(count)


def tokens_of(slug: str, size: str, quality: str) -> int | None:
    metered = model(slug)
    assert isinstance(metered.price, TokenPrice)
    drawn = picture(metered, {"size": size, "quality": quality})
    return image_tokens(metered, metered.price, drawn)


def test_a_size_left_open_is_held_as_the_dearest_of_the_list() -> None:
    assert tokens_of("gpt-image-2", "auto", "high") == 7024
    assert tokens_of("gpt-image-1", "auto", "high") == 6240


def test_a_size_left_to_qwen_is_held_as_its_larger_tier() -> None:
    qwen = model("qwen-image-3-0")
    assert isinstance(qwen.price, PerImage)
    opened = rate_of(qwen.price, picture(qwen, {"size": "auto"}))
    absent = rate_of(qwen.price, picture(qwen, {"size": "1024x1024"}))
    assert opened is not None
    assert absent is not None
    assert (opened.usd, absent.usd) == ("0.05", "0.03")


@pytest.mark.parametrize(
    ("slug", "names", "count"),
    [
        ("imagen-4", [], 1),
        ("dall-e-3", ["quality", "size"], 6),
        ("gpt-image-2", ["quality", "size"], 4 * 6),
        ("flux-2-pro", ["size"], 10),
        ("gemini-3-pro-image", ["image_size"], 3),
        ("grok-imagine-image-2-0", ["quality", "image_size"], 3 * 3),
        ("z-image-turbo", ["prompt_extend"], 2),
    ],
)
def test_what_the_price_of_a_model_depends_on(slug: str, names: list[str], count: int) -> None:
    mixes = list(combinations(model(slug)))
    assert len(mixes) == count
    assert all(list(mix) == names for mix in mixes)


def test_a_priced_parameter_goes_by_one_name() -> None:
    for one in MODELS:
        assert "resolution" not in one.params
        tiers = one.params.get("image_size")
        assert tiers is None or isinstance(tiers, EnumParam)
