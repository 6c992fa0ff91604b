"""What a prompt is understood to say."""

import subprocess
import sys

import pytest

from limner.sketch.grammar import read
from limner.sketch.stages import stage_of
from limner.sketch.staging import staged


def test_words_nobody_knows_are_named_and_known_ones_are_not() -> None:
    assert read("a red fox with a zorgle beside the quarterly boat").unknown == (
        "zorgle",
        "quarterly",
    )
    assert read("An isometric dev dashboard, neon green accents, dark theme").unknown == ()


def test_colours_stay_with_their_nouns() -> None:
    circle, square = read("red circle left of a blue square").things
    assert circle.colours == ("red",)
    assert square.colours == ("blue",)


def test_counts_sizes_and_plurals_are_read() -> None:
    (balloons,) = read("three large yellow balloons").things
    assert (balloons.kind, balloons.count, balloons.size) == ("balloon", 3, "large")
    assert read("fish").things[0].count == 1
    assert read("foxes").things[0].count == 3
    assert read("7 cats").things[0].count == 7


def test_the_readme_prompt_is_understood_whole() -> None:
    scene = read("An isometric dev dashboard, neon green accents, dark theme")
    assert scene.things[0].kind == "dashboard"
    assert scene.accent == "neon green"
    assert scene.styles >= {"isometric", "dark"}


def test_no_takes_a_noun_away() -> None:
    assert read("a beach with no people").things == ()
    assert read("hills, no clouds").sky == ()


def test_triggers_are_not_part_of_the_picture() -> None:
    assert read("a cat [[limner:delay=2s]]") == read("a cat")


def test_pictograms_are_read_by_their_names() -> None:
    scene = read("🦊 🌲 🌈 ❄️")
    assert [thing.kind for thing in scene.things] == ["fox", "pine"]
    assert [body.kind for body in scene.sky] == ["rainbow"]
    assert scene.weather == {"snow"}
    assert scene.unknown == ()


def test_on_the_moon_is_a_place_and_under_the_moon_is_not() -> None:
    assert read("two robots beside a rocket on the moon").place == "moon"
    under = read("a small blue boat on the sea under a full moon")
    assert under.place == "sea"
    assert [body.kind for body in under.sky] == ["moon"]


@pytest.mark.parametrize(
    ("prompt", "place"),
    [
        ("a red fox in a snowy forest at dusk", "forest"),
        ("a lighthouse on a cliff at night with stars", "cliff"),
        ("a cat on a sofa", "room"),
        ("a paper lantern on a wet street", "street"),
        ("a red fox", "studio"),
        ("red circle left of a blue square", "plain"),
        ("logo of a fox", "plain"),
        ("a boat", "sea"),
        ("five fish under water", "underwater"),
        ("an isometric house", "island"),
        ("An isometric dev dashboard, neon green accents, dark theme", "grid"),
    ],
)
def test_a_scene_gets_the_place_it_asks_for_or_is_at_home_in(prompt: str, place: str) -> None:
    assert stage_of(staged(read(prompt))).place == place


def test_a_lantern_outdoors_waits_for_the_dark_and_a_sunset_has_its_sun() -> None:
    assert staged(read("a lantern on a street")).time == "night"
    assert staged(read("a lantern on a street at noon")).time == "day"
    assert [body.kind for body in staged(read("the sea at sunset")).sky] == ["sun"]


def test_the_reader_needs_no_pillow() -> None:
    code = (
        "import sys; import limner.providers.sketch, limner.sketch.easels;"
        "sys.exit(any(name.split('.')[0] == 'PIL' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
