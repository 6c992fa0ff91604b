"""Where things stand, as numbers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sketch.pictures import kinds, placed

from limner.sketch.nouns import names
from limner.sketch.words import NUMBERS

VOCABULARY = """
a two twelve red tiny huge fox boats table sea on under between left of right beside and ,
the cats wearing hat in balloon castle behind front room top
"""
COUNTS = [(names(line)[0], int(number)) for number, line in NUMBERS.items()]


@pytest.mark.parametrize(("word", "count"), COUNTS)
def test_as_many_are_placed_as_were_asked_for(word: str, count: int) -> None:
    assert len(placed(f"{word} red balloon")) == count


def test_left_and_right_are_where_they_are_said_to_be() -> None:
    for prompt in ("red circle left of a blue square", "blue square right of a red circle"):
        by_kind = kinds(placed(prompt))
        assert by_kind["circle"][0].x < by_kind["square"][0].x


def test_above_and_below_are_where_they_are_said_to_be() -> None:
    for prompt in ("a star above a heart", "a heart below a star", "a bird above a heart"):
        upper, lower = sorted(placed(prompt), key=lambda placement: placement.y)
        assert lower.kind == "heart"
        assert upper.y + upper.half <= lower.y - lower.half * 0.8


def test_a_cat_on_a_sofa_sits_between_its_arms() -> None:
    by_kind = kinds(placed("a cat on a sofa"))
    cat, sofa = by_kind["cat"][0], by_kind["sofa"][0]
    assert abs(cat.x - sofa.x) < sofa.half * 0.5
    assert sofa.y - sofa.half < cat.feet < sofa.feet
    assert cat.footing == "none"
    assert cat.depth > sofa.depth


def test_what_is_in_a_cup_shows_only_its_upper_part() -> None:
    by_kind = kinds(placed("a cat in a cup"))
    assert by_kind["cat"][0].seen < 1
    assert by_kind["cup"][0].seen == 1


def test_between_is_in_the_middle() -> None:
    for prompt in ("an owl between a tree and a house", "an owl between two trees"):
        left, middle, right = sorted(placed(prompt), key=lambda placement: placement.x)
        assert middle.kind == "owl"
        assert left.kind != "owl" != right.kind


def test_a_hat_that_is_worn_sits_on_the_head() -> None:
    by_kind = kinds(placed("a green frog wearing a crown"))
    frog, crown = by_kind["frog"][0], by_kind["crown"][0]
    assert abs(frog.x - crown.x) < frog.half * 0.1
    assert crown.y < frog.y - frog.half * 0.5


def test_what_is_in_front_is_nearer_and_lower() -> None:
    by_kind = kinds(placed("a car in front of a house"))
    car, house = by_kind["car"][0], by_kind["house"][0]
    assert car.depth > house.depth
    assert car.feet > house.feet


def test_sizes_are_seen() -> None:
    halves = [placed(f"a {size} red star")[0].half for size in ("tiny", "small", "red", "large")]
    assert halves == sorted(halves)
    assert halves[0] < halves[-1] / 2


def test_positions_in_the_picture_are_kept() -> None:
    left, right = placed("a red circle on the left, a blue square on the right")
    assert left.x < 500 < right.x
    assert placed("a red balloon at the top of the picture, sea")[0].y < 400


def test_boats_are_on_the_water_and_balloons_in_the_air() -> None:
    by_kind = kinds(placed("a boat and a balloon on the sea"))
    boat, balloon = by_kind["boat"][0], by_kind["balloon"][0]
    assert boat.footing == "water"
    assert balloon.footing == "none"
    assert balloon.y + balloon.half < boat.feet


def test_a_crowd_gets_smaller_and_stays_inside() -> None:
    prompt = "two robots and two cats and two dogs and two houses and a castle and a tree"
    placements = placed(prompt)
    assert len(placements) == 10
    assert all(placement.x - placement.half > -60 for placement in placements)
    assert all(placement.x + placement.half < 1060 for placement in placements)


@settings(max_examples=80, deadline=None)
@given(
    prompt=st.lists(
        st.sampled_from(VOCABULARY.split()),
        max_size=16,
    ).map(" ".join),
    width=st.integers(16, 4096),
    height=st.integers(16, 4096),
)
def test_nothing_is_placed_outside_the_picture(prompt: str, width: int, height: int) -> None:
    for placement in placed(prompt, width, height):
        assert placement.half > 0
        assert 0 <= placement.x <= width
        assert -placement.half * 0.6 <= placement.y <= height
