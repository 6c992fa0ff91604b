"""The picture: its bytes, its size, its colours, its mark."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat
from tests.sketch.pictures import drawing, opened, share_near

from limner.sketch.colours import named
from limner.sketch.draw import draw
from limner.sketch.drawing import CONTENT_TYPES, OutputFormat
from limner.sketch.nouns import PLACES, SKY, THINGS, names
from limner.sketch.objects import OBJECTS
from limner.sketch.traits import TRAITS
from limner.sketch.words import STYLES, WEATHER

FOX = "a red fox in a snowy forest at dusk"
VOCABULARY = """
a two red tiny huge fox boats table sea night on under between left of beside and ,
the cat wearing hat in isometric watercolour rainbow no
"""
SPARSE = (
    "",
    " ",
    "\x00",
    "🦊🌲",
    "雪の中的狐",
    "a cat " * 666,
    "((((",
    "0" * 4000,
    "left of",
    "between",
)
DRAWN_ELSEWHERE = """
import hashlib, sys
from limner.sketch.draw import draw
from limner.sketch.drawing import Drawing
sys.stdout.write(hashlib.sha256(draw(Drawing(sys.argv[1], 200, 120, 7)).data).hexdigest())
"""


def test_the_same_drawing_gives_the_same_bytes_in_another_process() -> None:
    here = hashlib.sha256(draw(drawing(FOX, 200, 120, seed=7)).data).hexdigest()
    elsewhere = subprocess.run(
        [sys.executable, "-c", DRAWN_ELSEWHERE, FOX],
        check=True,
        capture_output=True,
        text=True,
        # Another seed for the hashes of strings must change nothing.
        env={"PYTHONHASHSEED": "4242", "PYTHONPATH": ":".join(sys.path)},
    )
    assert elsewhere.stdout == here


def test_another_seed_gives_another_picture() -> None:
    assert draw(drawing(FOX, seed=1)).data != draw(drawing(FOX, seed=2)).data


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_each_format_decodes_to_the_size_asked_for(output_format: OutputFormat) -> None:
    picture = draw(drawing(FOX, 320, 200, output_format=output_format))
    image = Image.open(BytesIO(picture.data))
    assert image.format == output_format.upper()
    assert picture.content_type == CONTENT_TYPES[output_format]
    assert image.size == (320, 200) == (picture.width, picture.height)
    assert image.mode == "RGB"


@pytest.mark.parametrize("output_format", ["jpeg", "webp"])
def test_lower_quality_makes_smaller_files(output_format: OutputFormat) -> None:
    sizes = [
        len(draw(drawing(FOX, output_format=output_format, compression=quality)).data)
        for quality in (0, 60, 100)
    ]
    assert sizes[0] < sizes[1] < sizes[2]


@pytest.mark.parametrize(
    ("width", "height"),
    [(16, 16), (17, 31), (64, 64), (4096, 16), (16, 4096), (4096, 256), (256, 1024)],
)
@pytest.mark.parametrize("prompt", [FOX, "a boat on the sea at sunset", "isometric city", "zxcvb"])
def test_any_size_can_be_drawn(prompt: str, width: int, height: int) -> None:
    assert opened(drawing(prompt, width, height, mark="TEST")).size == (width, height)


def test_a_four_thousand_pixel_picture_can_be_drawn() -> None:
    assert opened(drawing("a red circle", 4096, 4096, output_format="jpeg")).size == (4096, 4096)


@pytest.mark.parametrize("prompt", ["logo of a fox", "a cat on a sofa", "a rainbow", "zxcvb"])
@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_a_transparent_background_is_clear_in_every_corner(
    prompt: str, output_format: OutputFormat
) -> None:
    image = opened(drawing(prompt, transparent=True, output_format=output_format))
    assert image.mode == "RGBA"
    alpha = image.getchannel("A")
    corners = [alpha.getpixel((x, y)) for x in (0, 255) for y in (0, 255)]
    assert corners == [0, 0, 0, 0]
    assert alpha.getextrema() == (0, 255)


def test_a_transparent_jpeg_is_white_where_it_would_be_clear() -> None:
    image = opened(drawing("logo of a fox", transparent=True, output_format="jpeg"))
    assert share_near(image, (255, 255, 255), 6) > 0.3


@pytest.mark.parametrize("colour", ["red", "green", "blue", "yellow", "purple"])
def test_the_colour_asked_for_is_in_the_picture(colour: str) -> None:
    circle = opened(drawing(f"a {colour} circle"))
    other = opened(drawing("a white circle, grey background"))
    assert share_near(circle, named(colour), 40) > 0.15
    assert share_near(other, named(colour), 40) < 0.01


def test_the_background_has_the_colour_asked_for() -> None:
    image = opened(drawing("a red circle on a blue background"))
    corner = image.convert("RGB").getpixel((4, 4))
    assert isinstance(corner, tuple)
    assert max(abs(a - b) for a, b in zip(corner, named("blue"), strict=True)) < 30


def test_the_accent_colours_the_dashboard() -> None:
    prompt = "An isometric dev dashboard, neon {} accents, dark theme"
    green = opened(drawing(prompt.format("green")))
    pink = opened(drawing(prompt.format("pink")))
    assert share_near(green, named("neon green")) > 3 * share_near(pink, named("neon green"))
    assert share_near(pink, named("neon pink")) > 3 * share_near(green, named("neon pink"))
    assert ImageStat.Stat(green.convert("L")).mean[0] < 80


def test_night_is_darker_than_day() -> None:
    day, night = (
        ImageStat.Stat(opened(drawing(f"hills at {time}")).convert("L")).mean[0]
        for time in ("noon", "night")
    )
    assert night < day / 2


def test_a_preview_has_fewer_layers_and_comes_closer_to_the_picture() -> None:
    final = opened(drawing(FOX))
    far, near = (
        ImageStat.Stat(ImageChops.difference(opened(drawing(FOX, finished=share)), final)).sum
        for share in (0.3, 0.8)
    )
    assert sum(far) > sum(near) > 0


def test_a_preview_has_the_size_of_the_picture() -> None:
    assert opened(drawing(FOX, 300, 200, finished=0.25)).size == (300, 200)


@pytest.mark.parametrize("size", [64, 256, 1024])
def test_a_mark_changes_one_small_corner_and_nothing_else(size: int) -> None:
    plain, marked = opened(drawing(FOX, size, size)), opened(drawing(FOX, size, size, mark="TEST"))
    changed = ImageChops.difference(plain, marked).getbbox()
    assert changed is not None
    left, top, right, low = changed
    assert left > size * 0.5
    assert top > size * 0.7
    assert right <= size
    assert low <= size
    share = (right - left) * (low - top) / size**2
    assert share < (0.12 if size < 100 else 0.01)


def test_the_letters_of_a_mark_stand_out_from_their_plate() -> None:
    plain = opened(drawing("hills at noon", 1024, 1024))
    marked = opened(drawing("hills at noon", 1024, 1024, mark="TEST"))
    box = ImageChops.difference(plain, marked).getbbox()
    dark, light = marked.crop(box).convert("L").getextrema()
    assert isinstance(dark, int)
    assert isinstance(light, int)
    assert light - dark > 120


@pytest.mark.parametrize("kind", sorted(THINGS))
def test_every_thing_that_has_a_name_can_be_drawn(kind: str) -> None:
    noun = names(THINGS[kind])[0]
    assert opened(drawing(f"a {noun} at night", 96, 96)).size == (96, 96)
    alpha = opened(drawing(f"a {noun}", 96, 96, transparent=True)).getchannel("A")
    assert alpha.getbbox() is not None


@pytest.mark.parametrize("kind", sorted(SKY))
def test_everything_in_the_sky_can_be_seen(kind: str) -> None:
    noun = names(SKY[kind])[0]
    with_it, without = (
        opened(drawing(f"{start}hills at night", 128, 128)) for start in (f"{noun} over ", "")
    )
    assert ImageChops.difference(with_it, without).getbbox() is not None


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize("time", ["noon", "sunset", "night"])
def test_every_place_is_drawn_with_and_without_somebody_in_it(place: str, time: str) -> None:
    noun = names(PLACES[place])[0]
    opened(drawing(f"{noun} at {time}", 160, 100))
    opened(drawing(f"three cats and a boat on the {noun} at {time}", 100, 160))


@pytest.mark.parametrize("word", [names(line)[0] for line in (STYLES | WEATHER).values()])
def test_every_style_and_weather_changes_some_picture(word: str) -> None:
    scenes = ("a castle in the mountains", "a cat on a street")
    assert any(
        draw(drawing(f"{word} {scene}", 96, 96)).data != draw(drawing(scene, 96, 96)).data
        for scene in scenes
    )


def test_things_traits_and_drawings_speak_of_the_same_kinds() -> None:
    assert set(TRAITS) == set(OBJECTS) == set(THINGS) | set(SKY)


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " ",
        "\x00",
        "🦊🌲",
        "雪の中の狐",
        "a cat " * 666,
        "((((",
        "0" * 4000,
        "left of",
        "between",
    ],
)
def test_prompts_that_say_little_still_make_a_picture(prompt: str) -> None:
    image = opened(drawing(prompt, 64, 64))
    assert ImageStat.Stat(image.convert("L")).stddev[0] > 1


@settings(max_examples=60, deadline=None)
@given(
    prompt=st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(VOCABULARY.split()),
            max_size=14,
        ).map(" ".join),
    ),
    seed=st.integers(0, 2**31 - 1),
    transparent=st.booleans(),
)
def test_any_text_draws(prompt: str, seed: int, transparent: bool) -> None:
    asked = drawing(prompt, 48, 32, seed=seed, transparent=transparent)
    picture = draw(asked)
    assert picture.data == draw(replace(asked)).data
