"""What a prompt asks of a picture that is there: colours, light, things, ground."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limner.sketch.retouch.effects import EFFECTS
from limner.sketch.retouch.turning import TURNS
from limner.sketch.retouch.wishes import CLEAR, Wish, unread, wished
from limner.sketch.retouch.words import EFFECTS as WORDS
from limner.sketch.retouch.words import PHRASES


def changes(wish: Wish) -> list[str]:
    return [change.name for change in wish.changes]


def painted(wish: Wish) -> list[tuple[str, tuple[str, ...]]]:
    return [(thing.kind, thing.colours) for thing in wish.scene.things]


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("make it black and white", ["monochrome"]),
        ("Greyscale, please.", ["monochrome"]),
        ("brighter and a bit warmer", ["brighter", "warmer"]),
        ("blur it", ["blur"]),
        ("turn this into an oil painting", ["oil"]),
        ("at night, in the rain", ["night", "rain"]),
        ("a pencil sketch of this", ["pencil"]),
        ("flip horizontally", ["mirror"]),
        ("upside down", ["upset"]),
        ("invert the colours and pixelate", ["invert", "pixelate"]),
        ("out of focus, with a vignette", ["blur", "vignette"]),
    ],
)
def test_words_of_light_and_style_are_changes_of_the_whole(prompt: str, names: list[str]) -> None:
    wish = wished(prompt)
    assert changes(wish) == names
    assert painted(wish) == []
    assert unread(prompt) == ()


@pytest.mark.parametrize(
    ("prompt", "tint"),
    [
        ("make it blue", "blue"),
        ("turn the car red", "red"),
        ("paint the walls light green", "light green"),
        ("change the shirt colour to navy blue", "navy"),
        ("blue tones", "blue"),
        ("purple", "purple"),
        ("recolor everything in dark orange", "dark orange"),
    ],
)
def test_another_colour_of_what_is_there_is_a_tint(prompt: str, tint: str) -> None:
    wish = wished(prompt)
    assert wish.tint == tint
    assert painted(wish) == []


@pytest.mark.parametrize(
    ("prompt", "things"),
    [
        ("a red balloon", [("balloon", ("red",))]),
        ("add a bright red balloon", [("balloon", ("red",))]),
        ("put a hat on the cat", [("hat", ())]),
        ("turn the dog into a dragon", [("dragon", ())]),
        ("make a vintage blue car appear", [("car", ("blue",))]),
        ("the cat wearing a gold crown", [("crown", ("gold",))]),
        ("the cat", [("cat", ())]),
    ],
)
def test_what_is_new_is_painted_and_what_is_known_is_not(
    prompt: str, things: list[tuple[str, tuple[str, ...]]]
) -> None:
    wish = wished(prompt)
    assert painted(wish) == things
    assert wish.tint is None


@pytest.mark.parametrize(
    ("prompt", "backdrop", "place"),
    [
        ("remove the background", CLEAR, None),
        ("transparent background", CLEAR, None),
        ("change the background to dark blue", "dark blue", None),
        ("on a pink background", "pink", None),
        ("replace the background with a beach at sunset", None, "beach"),
        ("in a snowy forest", None, "forest"),
        ("make the sky warmer", None, None),
    ],
)
def test_a_new_ground_is_a_colour_a_place_or_nothing(
    prompt: str, backdrop: str | None, place: str | None
) -> None:
    wish = wished(prompt)
    assert (wish.backdrop, wish.scene.place) == (backdrop, place)


@pytest.mark.parametrize(
    ("prompt", "amount"), [("slightly darker", 0.5), ("darker", 1.0), ("much darker", 1.5)]
)
def test_a_change_may_be_wanted_less_or_more(prompt: str, amount: float) -> None:
    assert wished(prompt).amount("darker") == amount
    assert wished(prompt).amount("brighter") == 0


@pytest.mark.parametrize(
    ("prompt", "degrees"),
    [
        ("rotate", 90),
        ("rotate it 180 degrees", 180),
        ("rotate 90° to the left", -90),
        ("rotated by 30 degrees counterclockwise", -30),
    ],
)
def test_a_turn_has_its_degrees(prompt: str, degrees: int) -> None:
    assert [change.degrees for change in wished(prompt).changes] == [degrees]


def test_what_is_said_twice_is_done_once_and_as_it_was_said_last() -> None:
    wish = wished("oil painting " * 300 + "and slightly darker, no, much darker")
    assert [(change.name, change.amount) for change in wish.changes] == [
        ("oil", 1.0),
        ("darker", 1.5),
    ]


def test_what_is_to_be_kept_asks_for_nothing() -> None:
    wish = wished("make it warmer but keep the blue sky")
    assert changes(wish) == ["warmer"]
    assert wish.tint is None


def test_something_is_to_go() -> None:
    assert wished("remove the boat").erases
    assert not wished("a boat").erases
    assert painted(wished("erase the boat and add a duck")) == [("duck", ())]


@pytest.mark.parametrize("prompt", ["", "zxcv", "雪", "[[limner:delay=1s]]", "make it nicer"])
def test_words_nobody_knows_are_an_empty_wish(prompt: str) -> None:
    assert wished(prompt).empty


def test_words_that_changed_nothing_are_named() -> None:
    assert unread("add a zorgle and a red balloon") == ("zorgle",)


def test_every_word_leads_to_something_that_is_done() -> None:
    assert set(WORDS) == set(PHRASES.values())
    assert set(WORDS) - set(EFFECTS) - set(TURNS) == {"panels"}


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(
                [
                    *("the", "a", "make", "turn", "it", "and", ",", "blue", "dark", "cat", "into"),
                    *("background", "remove", "rotate", "90", "slightly", "snow", "sky", "keep"),
                    *("black and white", "on", "beach", "to", "tint", "left"),
                ]
            ),
            max_size=12,
        ).map(" ".join),
    )
)
def test_any_text_is_a_wish(prompt: str) -> None:
    assert wished(prompt) == wished(prompt)
