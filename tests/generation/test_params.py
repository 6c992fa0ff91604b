"""The gate: what is applied, what is adjusted or ignored and reported, and what is refused."""

import json

import pytest
from hypothesis import given as given_examples
from hypothesis import strategies as st

from limner.catalog.load import load
from limner.catalog.model import Model
from limner.errors import InvalidParams
from limner.generation.field_names import MOST_REPORTED, ODD_NAME, OTHERS, Ignored
from limner.generation.params import Adjusted, Fitted, fit_params, without_words
from limner.generation.values import Vocabulary

CATALOG = load()
VOCABULARY = Vocabulary.of(CATALOG.models.values())
DRAWING = [one.slug for one in CATALOG.models.values() if one.capabilities.generate]
SIZES = "1024x1024, 1792x1024, 1024x1792"


def model(slug: str) -> Model:
    found = CATALOG.get(slug)
    assert found is not None
    return found


def fit(
    slug: str,
    given: dict[str, object] | None = None,
    *,
    prompt: object = "a lantern",
    n: object = None,
    strict: bool = False,
) -> Fitted:
    return fit_params(model(slug), VOCABULARY, prompt=prompt, n=n, given=given or {}, strict=strict)


def refusal(slug: str, given: dict[str, object] | None = None, **asked: object) -> InvalidParams:
    with pytest.raises(InvalidParams) as refused:
        fit(slug, given, **asked)  # type: ignore[arg-type]  # wrong values are what is tested
    return refused.value


def test_a_plain_request_gets_the_defaults_and_says_that_nothing_was_applied() -> None:
    fitted = fit("dall-e-3")
    assert fitted.n == 1
    assert fitted.params == {"size": "1024x1024", "quality": "standard", "style": "vivid"}
    assert fitted.applied == ()
    assert (fitted.adjusted, fitted.ignored) == ((), ())
    assert str(fitted.pixels) == "1024x1024"
    assert fitted.output_format == "png"


def test_what_the_caller_sent_is_applied() -> None:
    fitted = fit("dall-e-3", {"size": "1792x1024", "quality": "hd", "style": "natural"})
    assert fitted.params == {"size": "1792x1024", "quality": "hd", "style": "natural"}
    assert fitted.applied == ("size", "quality", "style")
    assert str(fitted.pixels) == "1792x1024"


def test_null_is_not_sent() -> None:
    nothing = dict.fromkeys(("size", "quality", "style", "seed", "background", "no_such_field"))
    assert fit("dall-e-3", nothing, n=None) == fit("dall-e-3")


# The prompt


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t", "\u3000\u00a0"])
def test_a_prompt_of_blanks_is_refused(prompt: str) -> None:
    error = refusal("dall-e-3", prompt=prompt)
    assert (error.param, error.message) == ("prompt", "prompt must not be empty")


@pytest.mark.parametrize("prompt", [None, 7, True, 1.5, ["a"], {"text": "a"}])
def test_a_prompt_is_a_string(prompt: object) -> None:
    error = refusal("dall-e-3", prompt=prompt)
    assert error.param == "prompt"
    assert error.message == "prompt is required and must be a string"


def test_a_prompt_may_be_as_long_as_the_model_takes_and_no_longer() -> None:
    assert fit("dall-e-3", prompt="x" * 4000).prompt == "x" * 4000
    error = refusal("dall-e-3", prompt="x" * 4001)
    assert error.param == "prompt"
    assert error.message == "prompt has 4,001 characters; dall-e-3 takes at most 4,000"


def test_a_prompt_is_kept_as_it_was_written() -> None:
    assert fit("dall-e-3", prompt="  a \x00 😀 \n").prompt == "  a \x00 😀 \n"


def test_half_a_character_is_refused_before_it_can_break_an_encoder() -> None:
    assert refusal("dall-e-3", prompt="a \ud83d b").param == "prompt"
    assert refusal("flux-1-dev", {"negative_prompt": "\udc00"}).param == "negative_prompt"


# How many


@pytest.mark.parametrize(
    "n", [0, -1, 5, 2**63, 10**400, True, False, "2", "1e9", 1.0, 1.5, 1e400, [1], {"n": 1}]
)
def test_n_is_a_whole_number_within_the_models_bounds(n: object) -> None:
    error = refusal("gpt-image-2", n=n)
    assert error.param == "n"
    assert error.message == "n must be from 1 to 4 for gpt-image-2, as a whole number"


def test_a_model_of_one_picture_says_so() -> None:
    assert refusal("dall-e-3", n=2).message == "n must be 1 for dall-e-3, as a whole number"


def test_n_may_be_more_than_one_upstream_call_gives() -> None:
    assert model("flux-2-pro").n.upstream_max == 1
    assert fit("flux-2-pro", n=4).n == 4


# Size


@pytest.mark.parametrize("size", ["1x1", "auto", "1024X1024", "1024x1024 ", "", "large", "1K"])
def test_a_size_that_is_not_listed_is_refused_with_the_list(size: str) -> None:
    error = refusal("dall-e-3", {"size": size})
    assert error.param == "size"
    assert error.message == f"size {size!r} is not one that dall-e-3 takes: {SIZES}"


def test_a_size_by_rule_is_taken_and_a_broken_rule_told() -> None:
    assert str(fit("gpt-image-2", {"size": "1920x1088"}).pixels) == "1920x1088"
    error = refusal("gpt-image-2", {"size": "1920x1080"})
    assert "or any WIDTHxHEIGHT with sides that are multiples of 16" in error.message


@pytest.mark.parametrize("size", [1024, True, 1.5, ["1024x1024"], {"width": 1024}])
def test_a_size_is_a_string(size: object) -> None:
    error = refusal("dall-e-3", {"size": size})
    assert error.param == "size"
    assert error.message == 'size must be a string such as "1024x1024"'


def test_a_model_of_ratios_meets_a_size_by_the_nearest_and_says_so() -> None:
    fitted = fit("gemini-3-pro-image", {"size": "1792x1024"})
    assert fitted.params["size"] == "1376x768"
    assert fitted.params["aspect_ratio"] == "16:9"
    assert fitted.params["image_size"] == "1K"
    assert str(fitted.pixels) == "1376x768"
    assert fitted.applied == ("size",)
    why = "gemini-3-pro-image draws in fixed shapes; the nearest is 16:9 at 1K"
    assert fitted.adjusted == (Adjusted("size", "1792x1024", "1376x768", why),)


@pytest.mark.parametrize(
    ("slug", "size", "used", "ratio", "tier"),
    [
        ("grok-imagine-image-2-0", "1024x1024", "1024x1024", "1:1", "1K"),
        ("grok-imagine-image-2-0", "1792x1024", "2048x1152", "16:9", "1.5K"),
        ("grok-imagine-image", "1536x1024", "1248x832", "3:2", "1K"),
        ("grok-imagine-image", "2048x2048", "2048x2048", "1:1", "2K"),
        ("flux-kontext-pro", "1024x1792", "768x1360", "9:16", None),
        ("flux-kontext-pro", "1248x832", "1248x832", "3:2", None),
        ("flux-pro-1-1-ultra", "1024x1024", "2048x2048", "1:1", None),
    ],
)
def test_a_size_is_met_exactly_or_reported_as_adjusted(
    slug: str, size: str, used: str, ratio: str, tier: str | None
) -> None:
    fitted = fit(slug, {"size": size})
    assert fitted.params["aspect_ratio"] == ratio
    assert fitted.params.get("image_size") == tier
    assert [(one.given, one.used) for one in fitted.adjusted] == [(size, used)] * (size != used)


def test_a_model_of_ratios_is_told_the_ratio_and_tier_of_a_size_it_lists() -> None:
    fitted = fit("imagen-4", {"size": "1536x2816"})
    assert fitted.params["aspect_ratio"] == "9:16"
    assert fitted.params["image_size"] == "2K"
    assert fitted.adjusted == ()


def test_a_shape_no_ratio_comes_near_is_refused() -> None:
    assert refusal("imagen-4", {"size": "4000x100"}).param == "size"


def test_a_size_decides_over_ratio_and_tier_which_are_reported() -> None:
    fitted = fit("imagen-4", {"aspect_ratio": "1:1", "size": "1408x768", "image_size": "2K"})
    assert fitted.params["aspect_ratio"] == "16:9"
    assert fitted.params["image_size"] == "1K"
    assert [item.name for item in fitted.ignored] == ["aspect_ratio", "image_size"]
    assert fitted.applied == ("size",)


def test_a_size_of_auto_leaves_the_word_to_ratio_and_tier() -> None:
    fitted = fit("gpt-image-2", {"size": "auto"})
    assert fitted.params["size"] == "auto"
    grok = fit("grok-imagine-image", {"size": "auto", "aspect_ratio": "16:9", "image_size": "2K"})
    assert grok.ignored == ()
    assert str(grok.pixels) == "2736x1536"


@pytest.mark.parametrize(
    ("slug", "given", "pixels"),
    [
        ("imagen-4", {"aspect_ratio": "16:9"}, "1408x768"),
        ("imagen-4", {"image_size": "2K"}, "2048x2048"),
        ("imagen-4", {"aspect_ratio": "16:9", "image_size": "2K"}, "2816x1536"),
        ("gemini-3-pro-image", {"image_size": "4K"}, "4096x4096"),
        ("flux-2-pro", {"aspect_ratio": "9:16"}, "768x1344"),
        ("wan2-7-image", {"aspect_ratio": "1:1"}, "2048x2048"),
        ("wan2-7-image", {"image_size": "1K"}, "1024x1024"),
    ],
)
def test_ratio_and_tier_give_pixels(slug: str, given: dict[str, object], pixels: str) -> None:
    fitted = fit(slug, given)
    assert str(fitted.pixels) == pixels
    assert "size" not in fitted.params


def test_ratio_and_tier_are_ignored_by_a_model_of_sizes() -> None:
    fitted = fit("dall-e-3", {"aspect_ratio": "16:9", "image_size": "2K"})
    assert [item.name for item in fitted.ignored] == ["aspect_ratio", "image_size"]
    assert fitted.params["size"] == "1024x1024"


# Values that are refused


@pytest.mark.parametrize(
    ("slug", "name", "value", "allowed"),
    [
        ("dall-e-3", "quality", "ultra", "one of standard, hd"),
        ("dall-e-3", "style", "loud", "one of vivid, natural"),
        ("dall-e-3", "quality", 1, "one of standard, hd"),
        ("gpt-image-2", "quality", "xhigh", "one of low, medium, high, auto"),
        ("gpt-image-2", "output_compression", 101, "from 0 to 100"),
        ("gpt-image-2", "output_compression", -1, "from 0 to 100"),
        ("gpt-image-2", "output_compression", "80", "from 0 to 100"),
        ("gpt-image-2", "output_compression", 80.0, "from 0 to 100"),
        ("gpt-image-2", "user", 7, "a string"),
        ("gpt-image-2", "user", "x" * 513, "at most 512"),
        ("flux-1-dev", "steps", 0, "from 1 to 50"),
        ("flux-1-dev", "steps", 51, "from 1 to 50"),
        ("flux-1-dev", "steps", True, "from 1 to 50"),
        ("flux-1-dev", "guidance", "3", "a number"),
        ("flux-1-dev", "guidance", 21, "from 0 to 20"),
        ("flux-1-dev", "guidance", float("nan"), "from 0 to 20"),
        ("flux-1-dev", "seed", -1, "from 0 to 9223372036854775807"),
        ("flux-1-dev", "seed", 2**63, "from 0 to 9223372036854775807"),
        ("imagen-4", "person_generation", "everybody", "one of dont_allow, allow_adult, allow_all"),
        ("imagen-4", "aspect_ratio", "7:3", "one of 1:1, 3:4, 4:3, 9:16, 16:9"),
        ("z-image-turbo", "prompt_extend", "yes", "true or false"),
        ("z-image-turbo", "prompt_extend", 1, "true or false"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(
    slug: str, name: str, value: object, allowed: str
) -> None:
    error = refusal(slug, {name: value})
    assert error.param == name
    assert allowed in error.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("style", "loud"),
        ("style", 7),
        ("person_generation", "everybody"),
        ("background", "green"),
        ("steps", 0),
        ("steps", 101),
        ("seed", -1),
        ("seed", "x"),
        ("strength", "much"),
        ("prompt_extend", "yes"),
        ("aspect_ratio", "wide"),
        ("image_size", "8K"),
        ("negative_prompt", 7),
        ("output_compression", 101),
    ],
)
def test_a_value_no_model_would_take_is_refused_although_this_one_would_ignore_it(
    name: str, value: object
) -> None:
    assert name not in model("dall-e-2").params
    assert refusal("dall-e-2", {name: value}).param == name


def test_words_of_music_do_not_count_for_pictures() -> None:
    assert "cinematic" in str(fit("suno-v5", {"style": "cinematic"}).params)
    assert refusal("gpt-image-2", {"style": "cinematic"}).param == "style"


@pytest.mark.parametrize("value", ["x" * 10_000, "a\nb\"c'\x1b[31m", {"deep": [[[[[[]]]]]]}])
@pytest.mark.parametrize("name", ["size", "quality", "style", "aspect_ratio", "steps", "seed"])
def test_a_message_does_not_repeat_what_was_sent_at_length(name: str, value: object) -> None:
    message = refusal("dall-e-3", {name: value}).message
    assert len(message) < 400
    assert message.isprintable()


def test_a_transparent_picture_cannot_be_a_jpeg() -> None:
    error = refusal("gpt-image-2", {"background": "transparent", "output_format": "jpeg"})
    assert error.param == "background"
    fit("gpt-image-2", {"background": "transparent", "output_format": "webp"})
    fit("gpt-image-2", {"background": "transparent"})


# Adjusted


def test_words_of_other_models_are_translated_and_reported() -> None:
    fitted = fit("dall-e-3", {"quality": "high"})
    assert fitted.params["quality"] == "hd"
    assert fitted.adjusted == (Adjusted("quality", "high", "hd", "dall-e-3 knows it as hd"),)


@pytest.mark.parametrize(("given", "used"), [(1.7, 1.0), (-3, 0.0), (10**15, 1.0)])
def test_strength_is_moved_into_its_range_and_reported(given: float, used: float) -> None:
    fitted = fit("flux-1-dev", {"strength": given})
    assert fitted.params["strength"] == used
    assert [(one.given, one.used) for one in fitted.adjusted] == [(given, used)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400])
def test_a_number_json_cannot_carry_is_refused_and_not_moved(value: object) -> None:
    assert refusal("flux-1-dev", {"strength": value}).param == "strength"


def test_a_tier_may_be_written_small() -> None:
    fitted = fit("gemini-3-pro-image", {"image_size": "2k"})
    assert fitted.params["image_size"] == "2K"
    assert fitted.adjusted[0].name == "image_size"


# Ignored


def test_a_parameter_the_model_does_not_take_is_left_out_and_named() -> None:
    fitted = fit("dall-e-3", {"seed": 7, "background": "auto", "prompt_revision": False})
    assert not {"seed", "background", "prompt_revision"} & fitted.params.keys()
    why = "dall-e-3 does not take it"
    assert fitted.ignored == tuple(
        Ignored(name, why) for name in ("seed", "background", "prompt_revision")
    )


def test_a_field_nobody_knows_is_named_and_its_value_not_looked_at() -> None:
    fitted = fit("dall-e-3", {"colour": {"deep": [1] * 1000}})
    assert fitted.ignored == (Ignored("colour", "dall-e-3 does not take it"),)


def test_compression_has_no_effect_on_png_and_that_is_said() -> None:
    fitted = fit("gpt-image-2", {"output_compression": 50})
    assert fitted.ignored[0].name == "output_compression"
    jpeg = fit("gpt-image-2", {"output_compression": 50, "output_format": "jpeg"})
    assert jpeg.ignored == ()
    assert (jpeg.params["output_compression"], jpeg.output_format) == (50, "jpeg")


def test_what_only_edits_take_is_left_out_of_a_new_picture() -> None:
    fitted = fit("gpt-image-1-5", {"input_fidelity": "high"})
    assert "input_fidelity" not in fitted.params
    why = "gpt-image-1-5 takes it with edits only"
    assert fitted.ignored == (Ignored("input_fidelity", why),)
    edit = fit_params(
        model("gpt-image-1-5"),
        VOCABULARY,
        prompt="a lantern",
        given={"input_fidelity": "high"},
        task="edit",
    )
    assert edit.params["input_fidelity"] == "high"


def test_a_music_model_chooses_no_size() -> None:
    assert fit("suno-v5", {"size": "1024x1024"}).ignored[0].name == "size"


# Names


@pytest.mark.parametrize(
    ("slug", "said", "name", "value"),
    [
        ("gpt-image-2", "image_background", "background", "transparent"),
        ("grok-imagine-image", "resolution", "image_size", "2K"),
        ("flux-1-dev", "guidance_scale", "guidance", 4.5),
    ],
)
def test_a_parameter_has_other_names(slug: str, said: str, name: str, value: object) -> None:
    fitted = fit(slug, {said: value})
    assert fitted.params[name] == value
    assert fitted.applied == (name,)


def test_a_parameter_is_reported_by_the_name_it_was_sent_under() -> None:
    fitted = fit("dall-e-3", {"image_background": "auto"})
    assert fitted.ignored[0].name == "image_background"


def test_one_thing_may_not_be_said_twice() -> None:
    error = refusal("gpt-image-2", {"background": "opaque", "image_background": "transparent"})
    assert error.param == "image_background"
    assert error.message == "background and image_background mean the same; send one of them"
    fit("gpt-image-2", {"background": "opaque", "image_background": None})


@pytest.mark.parametrize("name", ["", "a b", "a\r\nx-evil: 1", "ä", "x" * 65, "a,b", "\ud800"])
def test_an_odd_name_is_not_repeated(name: str) -> None:
    assert fit("dall-e-3", {name: 1}).ignored[0].name == ODD_NAME
    assert refusal("dall-e-3", {name: 1}, strict=True).param == ODD_NAME


def test_a_flood_of_fields_is_told_in_short() -> None:
    flood: dict[str, object] = {f"field_{number}": number for number in range(1000)}
    ignored = fit("dall-e-3", flood).ignored
    assert len(ignored) == MOST_REPORTED + 1
    assert ignored[-1] == Ignored(OTHERS, f"{1000 - MOST_REPORTED} more fields are not known here")


# Strict


def test_a_strict_request_may_have_nothing_ignored() -> None:
    error = refusal("dall-e-3", {"seed": 7}, strict=True)
    assert error.param == "seed"
    assert "x-strict-params" in error.message


@pytest.mark.parametrize(
    ("slug", "name", "value"),
    [
        ("dall-e-3", "quality", "high"),
        ("flux-1-dev", "strength", 2),
        ("imagen-4", "size", "1792x1024"),
    ],
)
def test_a_strict_request_may_have_nothing_adjusted(slug: str, name: str, value: object) -> None:
    error = refusal(slug, {name: value}, strict=True)
    assert error.param == name
    assert "x-strict-params" in error.message


def test_a_strict_request_that_fits_is_served() -> None:
    asked: dict[str, object] = {"size": "1792x1024", "quality": "hd"}
    assert fit("dall-e-3", asked, strict=True) == fit("dall-e-3", asked)


# Anything at all


def test_words_a_person_wrote_are_not_for_the_database() -> None:
    fitted = fit("flux-1-dev", {"negative_prompt": "no people", "seed": 7})
    kept = without_words(model("flux-1-dev"), fitted.params)
    assert kept["seed"] == 7
    assert "negative_prompt" not in kept


NAMES = st.sampled_from([*VOCABULARY.params["image"], "size", "image_background", "resolution"])
TOLD = st.sampled_from(
    ["auto", "high", "hd", "1K", "2k", "16:9", "1024x1024", "png", "jpeg", "transparent", 0, 1, 7]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
BODIES = st.dictionaries(NAMES | st.text(st.characters()), TOLD | ANYTHING, max_size=6)


@given_examples(st.sampled_from(DRAWING), BODIES, ANYTHING, ANYTHING, st.booleans())
def test_any_json_fits_or_is_refused_by_name(
    slug: str, given: dict[str, object], prompt: object, n: object, strict: bool
) -> None:
    said = prompt if isinstance(prompt, str) else "a lantern"
    count = n if isinstance(n, int) else None
    try:
        fitted = fit(slug, given, prompt=said, n=count, strict=strict)
    except InvalidParams as error:
        refused = error
    else:
        check_fitted(fitted, strict)
        return
    assert refused.param
    assert len(refused.message) < 1500
    assert refused.message.isprintable()


def check_fitted(fitted: Fitted, strict: bool) -> None:
    json.dumps(fitted.params, allow_nan=False).encode()
    reported = [item.name for item in fitted.ignored]
    assert ",".join(reported).isascii()
    assert all(name in fitted.params for name in fitted.applied)
    assert not strict or (fitted.ignored, fitted.adjusted) == ((), ())


@pytest.mark.parametrize("slug", DRAWING)
def test_every_value_a_model_lists_is_applied_as_it_is(slug: str) -> None:
    chosen = model(slug)
    for name, param in chosen.params.items():
        for value in getattr(param, "values", ()):
            if param.only != "edit" and (name, value) != ("background", "transparent"):
                needed = {"audio_id": "a"} if value == "extend" else {}
                fitted = fit(slug, {name: value} | needed)
                assert fitted.params[name] == value
                assert (fitted.adjusted, fitted.ignored) == ((), ())
    for size in chosen.sizes.listed if chosen.sizes else ():
        assert fit(slug, {"size": size}).params["size"] == size
