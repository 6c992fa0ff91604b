"""One value against one parameter, and what all models together understand by a name."""

import pytest

from limner.catalog.load import load
from limner.catalog.model import (
    BooleanParam,
    EnumParam,
    IntegerParam,
    Model,
    NumberParam,
    Param,
    Scalar,
    StringParam,
)
from limner.errors import InvalidParams
from limner.generation.values import PLATFORM, Vocabulary, checked, listed, widened

MODELS = list(load().models.values())
ENUM = EnumParam(values=("low", "high"), adjust={"hd": "high"})
STEPS = IntegerParam(min=1, max=50)
GUIDANCE = NumberParam(min=0.0, max=20.0)
STRENGTH = NumberParam(min=0.0, max=1.0, clamp=True)
WORDS = StringParam(max_chars=5)
FLAG = BooleanParam()


@pytest.mark.parametrize(
    ("param", "value", "used"),
    [
        (ENUM, "low", "low"),
        (ENUM, "hd", "high"),
        (STEPS, 1, 1),
        (STEPS, 50, 50),
        (GUIDANCE, 0, 0),
        (GUIDANCE, 3.5, 3.5),
        (GUIDANCE, 20, 20),
        (STRENGTH, 2, 1.0),
        (STRENGTH, -0.5, 0.0),
        (WORDS, "", ""),
        (WORDS, "five5", "five5"),
        (WORDS, "😀" * 5, "😀" * 5),
        (FLAG, True, True),
        (FLAG, False, False),
    ],
)
def test_a_value_that_fits(param: Param, value: Scalar, used: Scalar) -> None:
    assert checked("x", param, value, of="m") == (used, value)


@pytest.mark.parametrize(
    ("param", "value", "message"),
    [
        (ENUM, "medium", "x of m must be one of low, high"),
        (ENUM, "LOW", "x of m must be one of low, high"),
        (ENUM, 1, "x must be a string: one of low, high"),
        (ENUM, ["low"], "x must be a string: one of low, high"),
        (STEPS, 0, "x of m must be a whole number from 1 to 50"),
        (STEPS, 51, "x of m must be a whole number from 1 to 50"),
        (STEPS, 2.0, "x of m must be a whole number from 1 to 50"),
        (STEPS, True, "x of m must be a whole number from 1 to 50"),
        (STEPS, "2", "x of m must be a whole number from 1 to 50"),
        (STEPS, 10**40, "x of m must be a whole number from 1 to 50"),
        (GUIDANCE, 20.1, "x of m must be from 0 to 20"),
        (GUIDANCE, -0.1, "x of m must be from 0 to 20"),
        (GUIDANCE, float("nan"), "x of m must be from 0 to 20"),
        (GUIDANCE, float("inf"), "x of m must be from 0 to 20"),
        (GUIDANCE, False, "x must be a number"),
        (GUIDANCE, "3", "x must be a number"),
        (STRENGTH, float("nan"), "x of m must be from 0 to 1"),
        (STRENGTH, float("-inf"), "x of m must be from 0 to 1"),
        (STRENGTH, 10**40, "x of m must be from 0 to 1"),
        (WORDS, "six666", "x has 6 characters; m takes at most 5"),
        (WORDS, "\ud800", "x holds a character that is not Unicode text"),
        (WORDS, 7, "x must be a string"),
        (FLAG, 1, "x must be true or false"),
        (FLAG, "true", "x must be true or false"),
    ],
)
def test_a_value_that_does_not_fit(param: Param, value: object, message: str) -> None:
    with pytest.raises(InvalidParams) as refused:
        checked("x", param, value, of="m")
    assert (refused.value.param, refused.value.message) == ("x", message)


def test_one_allowed_value_needs_no_list() -> None:
    assert listed(["1K"]) == "1K"
    assert listed(["1K", "2K"]) == "one of 1K, 2K"


def test_ideas_of_one_kind_are_joined() -> None:
    more = EnumParam(values=("high", "max"), adjust={"best": "max"})
    assert widened(ENUM, more) == EnumParam(
        values=("low", "high", "max"), adjust={"hd": "high", "best": "max"}
    )
    assert widened(STEPS, IntegerParam(min=0, max=9)) == IntegerParam(min=0, max=50)
    assert widened(GUIDANCE, STRENGTH) == NumberParam(min=0.0, max=20.0, clamp=True)
    assert widened(WORDS, StringParam(max_chars=9)) == StringParam(max_chars=9)


def test_of_ideas_of_different_kinds_the_first_counts() -> None:
    assert widened(None, WORDS) is WORDS
    assert widened(ENUM, WORDS) is ENUM
    assert widened(FLAG, STEPS) is FLAG


@pytest.mark.parametrize("modality", ["image", "music", "upscale"])
def test_some_names_mean_the_same_everywhere(modality: str) -> None:
    vocabulary = Vocabulary.of(MODELS)
    for name, value in (("steps", 101), ("seed", -1), ("prompt_revision", 1)):
        assert name in PLATFORM
        with pytest.raises(InvalidParams) as refused:
            vocabulary.check(modality, name, value)
        assert refused.value.param == name
    vocabulary.check(modality, "steps", 100)


def test_a_name_nobody_knows_passes() -> None:
    Vocabulary.of(MODELS).check("image", "no_such_field", object())


@pytest.mark.parametrize("order", [MODELS, MODELS[::-1]], ids=["forwards", "backwards"])
def test_what_pictures_understand_does_not_depend_on_the_order_of_files(
    order: list[Model],
) -> None:
    image = Vocabulary.of(order).params["image"]
    assert {name: type(param) for name, param in image.items()} == {
        name: type(param)
        for one in MODELS
        if one.modality == "image"
        for name, param in (*one.params.items(), *PLATFORM.items())
    }


def test_every_value_of_every_model_is_understood() -> None:
    vocabulary = Vocabulary.of(MODELS)
    for one in MODELS:
        for name, param in one.params.items():
            for value in getattr(param, "values", ()):
                vocabulary.check(one.modality, name, value)
