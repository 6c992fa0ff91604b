"""Retouching looked at: what was asked for is seen, and what was not asked for is as it was."""

import hashlib
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageOps, ImageStat
from tests.sketch.files import (
    Box,
    busy,
    difference,
    file_of,
    flat,
    hole,
    lightness,
    mean,
    retouched,
    retouching,
    same,
)
from tests.sketch.pictures import share_near

from limner.sketch.colours import named
from limner.sketch.commissions import carried_out
from limner.sketch.draw import draw
from limner.sketch.drawing import Drawing, Retouching, Unreadable
from limner.sketch.retouch.effects import EFFECTS
from limner.sketch.retouch.words import EFFECTS as WORDS

BUSY = busy()
PHOTO = file_of(BUSY)
LAKE = draw(Drawing("a boat on a lake with mountains", 240, 180, 3)).data
CAR = draw(Drawing("a red car on a white background", 240, 180, 3)).data
BOX: Box = (60, 30, 120, 90)
SIZE = (160, 120)


def picture_of(data: bytes) -> Image.Image:
    return retouched("darker", data, strength=0)


def outside(image: Image.Image, box: Box) -> Image.Image:
    """The picture with a box painted over."""
    rest = image.convert("RGB")
    ImageDraw.Draw(rest).rectangle(box, fill=(0, 0, 0))
    return rest


@pytest.mark.parametrize(
    "prompt",
    [
        "a red balloon",
        "make it blue",
        "black and white",
        "remove it",
        "a castle on a beach",
        "zxcv",
    ],
)
def test_inside_the_mask_something_changes_and_outside_not_a_bit(prompt: str) -> None:
    image = retouched(prompt, PHOTO, mask=hole(SIZE, BOX))
    assert same(outside(image, BOX), outside(BUSY, BOX))
    assert difference(image, BUSY, BOX) > 6


def test_what_is_asked_for_is_painted_into_the_mask() -> None:
    image = retouched("a red balloon", LAKE, mask=hole((240, 180), (90, 10, 190, 130)))
    region = (90, 10, 190, 130)
    before = share_near(picture_of(LAKE).crop(region), named("red"))
    assert share_near(image.crop(region), named("red")) > before + 0.1
    green = retouched("a green balloon", LAKE, mask=hole((240, 180), region))
    assert share_near(green.crop(region), named("green")) > 0.15


def test_the_edge_of_the_region_is_soft() -> None:
    image = retouched("make it black", flat(SIZE, (250, 250, 250)), mask=hole(SIZE, BOX))
    across = [lightness(image, (x, 60, x + 1, 61)) for x in range(55, 75)]
    steps = sorted(set(across))
    assert len(steps) > 3
    assert across == sorted(across, reverse=True)


def test_a_mask_that_gives_nothing_free_changes_nothing_and_says_so() -> None:
    keep_all = file_of(Image.new("RGBA", SIZE, (0, 0, 0, 255)))
    picture = carried_out(retouching("a red balloon", PHOTO, mask=keep_all))
    assert "no transparent pixel" in picture.notes[0]
    assert same(retouched("a red balloon", PHOTO, mask=keep_all), BUSY)


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(Unreadable, match="not as large"):
        retouched("a kite", PHOTO, mask=hole((80, 60), (0, 0, 9, 9)))


def test_a_mask_that_fits_the_picture_as_its_file_lies_is_turned_with_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = file_of(BUSY, "PNG", exif=exif)
    mask = hole(SIZE, (0, 0, 79, 119))
    image = retouched("make it black", lying, mask=mask, width=120, height=160)
    upright = BUSY.transpose(Image.Transpose.ROTATE_270)
    assert same(outside(image, (0, 0, 120, 80)), outside(upright, (0, 0, 120, 80)))
    assert lightness(image, (20, 10, 100, 60)) < lightness(upright, (20, 10, 100, 60))


def test_a_hole_in_the_picture_itself_is_closed() -> None:
    cut = BUSY.convert("RGBA")
    alpha = Image.new("L", SIZE, 255)
    ImageDraw.Draw(alpha).rectangle(BOX, fill=0)
    cut.putalpha(alpha)
    data = file_of(cut)
    image = retouched("warmer", data, mask=data)
    assert image.getchannel("A").crop((66, 36, 114, 84)).getextrema()[0] == 255


@pytest.mark.parametrize(("colour", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
def test_a_tint_raises_its_channel(colour: str, channel: int) -> None:
    before, after = mean(BUSY), mean(retouched(f"make it {colour}", PHOTO))
    others = [after[index] for index in range(3) if index != channel]
    assert after[channel] > max(others) + 20
    assert after[channel] / sum(after) > before[channel] / sum(before) + 0.05


def test_on_a_plain_ground_only_what_stands_there_is_tinted() -> None:
    image = retouched("turn the car blue", CAR)
    assert share_near(image, named("blue"), 70) > 0.04
    assert share_near(picture_of(CAR), named("blue"), 70) < 0.01
    assert difference(image, picture_of(CAR), (0, 0, 240, 30)) < 1


def test_black_and_white_has_no_colour() -> None:
    red, green, blue = retouched("black and white", LAKE).split()
    assert red.tobytes() == green.tobytes() == blue.tobytes()


@pytest.mark.parametrize(
    ("prompt", "lighter"), [("brighter", True), ("darker", False), ("at night", False)]
)
def test_words_about_light_change_it_their_way(prompt: str, lighter: bool) -> None:
    assert (lightness(retouched(prompt, LAKE)) > lightness(picture_of(LAKE)) + 8) == lighter


def test_a_little_changes_less_than_much() -> None:
    lights = [lightness(retouched(f"{how} darker", LAKE)) for how in ("slightly", "", "much")]
    assert lights == sorted(lights, reverse=True)


def test_warm_is_redder_and_cool_is_bluer() -> None:
    warm, cool = mean(retouched("warmer", LAKE)), mean(retouched("cooler", LAKE))
    assert warm[0] - warm[2] > 40 + cool[0] - cool[2]


def test_inverting_is_inverting() -> None:
    assert same(retouched("invert", PHOTO), ImageOps.invert(BUSY))


def test_a_mirror_and_a_turn_move_every_pixel() -> None:
    assert same(retouched("flip horizontally", PHOTO), ImageOps.mirror(BUSY))
    assert same(retouched("upside down", PHOTO), ImageOps.flip(BUSY))
    turned = retouched("rotate 90 degrees clockwise", PHOTO, width=120, height=160)
    assert same(turned, BUSY.transpose(Image.Transpose.ROTATE_270))


@pytest.mark.parametrize("name", [name for name in WORDS if name != "panels"])
def test_every_change_that_has_a_word_can_be_seen(name: str) -> None:
    word = WORDS[name].replace("|", " | ").split("|")
    said = (word[0].split() or [word[1].strip()])[0]
    original = picture_of(LAKE)
    image = retouched(said, LAKE)
    assert image.size == original.size
    assert difference(image, original) > 0.6


@pytest.mark.parametrize("name", sorted(EFFECTS))
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_the_smallest_pictures_are_changed_too(name: str, size: tuple[int, int]) -> None:
    phrase = next(line for line in WORDS[name].replace("|", " | ").split("|") if line.split())
    assert retouched(phrase.split()[0], flat(size)).size == size


def test_a_new_ground_takes_the_place_of_a_plain_one() -> None:
    image = retouched("change the background to blue", CAR)
    assert share_near(image, named("blue"), 20) > 0.5
    assert share_near(image, named("red"), 70) > 0.02
    beach = retouched("replace the background with a beach", CAR)
    assert share_near(beach, named("red"), 70) > 0.02
    assert difference(beach, picture_of(CAR), (0, 0, 240, 40)) > 30


def test_the_ground_can_be_taken_away() -> None:
    for image in (
        retouched("remove the background", CAR),
        retouched("warmer", CAR, ground="transparent"),
    ):
        assert image.mode == "RGBA"
        alpha = image.getchannel("A")
        assert [alpha.getpixel(spot) for spot in ((2, 2), (237, 2), (2, 177))] == [0, 0, 0]
        assert alpha.getextrema()[1] == 255


def test_a_ground_that_is_not_plain_stays_and_that_is_said() -> None:
    picture = carried_out(retouching("remove the background", PHOTO))
    assert "not" in picture.notes[0]
    assert same(retouched("remove the background", PHOTO), BUSY)
    before = carried_out(retouching("put it on a beach", PHOTO))
    assert "as a whole" in before.notes[0]


def test_an_opaque_ground_leaves_nothing_transparent() -> None:
    clear = file_of(Image.new("RGBA", (64, 64), (200, 0, 0, 0)))
    assert retouched("warmer", clear).mode == "RGBA"
    assert retouched("warmer", clear, ground="opaque").mode == "RGB"
    assert retouched("warmer", clear, output_format="jpeg").mode == "RGB"


def test_things_go_where_the_prompt_says() -> None:
    lake = picture_of(LAKE)
    for words, box in (("top left", (0, 0, 120, 90)), ("bottom right", (120, 90, 240, 180))):
        image = retouched(f"add a purple balloon in the {words} corner", LAKE)
        here = difference(image, lake, box)
        everywhere = difference(image, lake)
        assert here > 2 * everywhere


def test_things_without_a_place_go_where_little_is_lost() -> None:
    half_busy = Image.new("RGB", (240, 180), (120, 180, 220))
    noise = Image.effect_noise((120, 180), 200).convert("RGB")
    half_busy.paste(noise, (0, 0))
    image = retouched("a red balloon", file_of(half_busy))
    assert difference(image, half_busy, (120, 0, 240, 180)) > 4 * difference(
        image, half_busy, (0, 0, 120, 180)
    )


def test_more_is_larger() -> None:
    shares = [
        difference(retouched(f"a {size} red star", LAKE), picture_of(LAKE))
        for size in ("tiny", "small", "large")
    ]
    assert shares == sorted(shares)


def test_strength_scales_what_is_seen() -> None:
    original = picture_of(LAKE)
    for prompt in ("make it red", "a huge red balloon"):
        far = [difference(retouched(prompt, LAKE, strength=s), original) for s in (0, 0.3, 0.6, 1)]
        assert far[0] == 0
        assert far == sorted(set(far))


def test_a_preview_comes_closer_to_the_picture() -> None:
    final = retouched("a red balloon, warmer", LAKE)
    far, near = (
        difference(retouched("a red balloon, warmer", LAKE, finished=share), final)
        for share in (0.25, 0.75)
    )
    assert far > near > 0


def test_other_pictures_are_set_small_into_the_first() -> None:
    red, green = flat((80, 60), (250, 0, 0)), flat((60, 60), (0, 250, 0))
    image = retouched("combine them", LAKE, red, green)
    assert share_near(image, (250, 0, 0), 8) > 0.03
    assert share_near(image, (0, 250, 0), 8) > 0.03
    assert difference(image, picture_of(LAKE), (0, 0, 240, 100)) == 0


@pytest.mark.parametrize("count", [2, 3, 4, 7, 16])
def test_a_collage_shows_all_pictures_equally_large(count: int) -> None:
    colours = [(index * 15, 255 - index * 15, 90) for index in range(count)]
    image = retouched("a collage", *(flat((60, 60), colour) for colour in colours), width=240)
    shares = [share_near(image, colour, 2) for colour in colours]
    assert min(shares) > 0.5 / count
    assert max(shares) < 1.35 * min(shares)


def test_a_second_picture_takes_the_place_a_mask_gives_free() -> None:
    image = retouched("this one here", LAKE, flat(colour=(250, 0, 0)), mask=hole((240, 180), BOX))
    assert share_near(image.crop((70, 40, 110, 80)), (250, 0, 0), 4) > 0.95


@pytest.mark.parametrize(
    ("size", "frame"), [((160, 120), (200, 200)), ((100, 300), (240, 120)), ((40, 30), (400, 300))]
)
def test_a_frame_of_another_shape_keeps_the_whole_picture(
    size: tuple[int, int], frame: tuple[int, int]
) -> None:
    source = Image.new("RGB", size, (30, 160, 60))
    marked = source.copy()
    ImageDraw.Draw(marked).rectangle((0, 0, size[0] - 1, size[1] - 1), outline=(255, 0, 0), width=6)
    image = retouched("darker", file_of(marked), width=frame[0], height=frame[1], strength=0)
    assert image.size == frame
    scale = min(frame[0] / size[0], frame[1] / size[1])
    inner = (round(size[0] * scale), round(size[1] * scale))
    box = ((frame[0] - inner[0]) // 2, (frame[1] - inner[1]) // 2)
    part = image.crop((*box, box[0] + inner[0], box[1] + inner[1]))
    assert difference(part, marked.resize(inner, Image.Resampling.LANCZOS)) < 0.5


def test_around_a_cut_out_there_is_nothing() -> None:
    clear = Image.new("RGBA", (60, 60), (200, 0, 0, 128))
    image = retouched("darker", file_of(clear), width=120, height=60, strength=0)
    assert image.getchannel("A").getpixel((5, 30)) == 0
    assert image.getchannel("A").getpixel((60, 30)) == 128


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((), (160, 120)),
        (((512, 512), (480, 320), (320, 480)), (480, 320)),
        (((100, 100), (1000, 1000), (160, 480)), (100, 100)),
    ],
)
def test_an_open_size_follows_the_shape_of_the_picture(
    sizes: tuple[tuple[int, int], ...], expected: tuple[int, int]
) -> None:
    assert retouched("warmer", PHOTO, sizes=sizes, width=9, height=9).size == expected


def test_a_large_picture_keeps_its_shape_but_not_its_size() -> None:
    wide = file_of(Image.new("1", (9000, 300)))
    assert retouched("warmer", wide, sizes=()).size == (4096, 137)


def test_the_same_retouching_gives_the_same_bytes_and_another_seed_others() -> None:
    asked = retouching("a red balloon, grainy, in the snow", LAKE, seed=5)
    assert carried_out(asked).data == carried_out(asked).data
    others = {carried_out(retouching(asked.prompt, LAKE, seed=seed)).data for seed in range(4)}
    assert len(others) == 4


ELSEWHERE = """
import hashlib, sys
from limner.sketch.commissions import carried_out
from limner.sketch.drawing import Retouching
data = sys.stdin.buffer.read()
asked = Retouching(sys.argv[1], (data,), 240, 180, 5)
sys.stdout.write(hashlib.sha256(carried_out(asked).data).hexdigest())
"""


def test_another_process_gives_the_same_bytes() -> None:
    prompt = "two yellow birds, oil painting, film grain"
    here = carried_out(Retouching(prompt, (LAKE,), 240, 180, 5)).data
    elsewhere = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, prompt],
        input=LAKE,
        check=True,
        capture_output=True,
        env={"PYTHONHASHSEED": "4242", "PYTHONPATH": ":".join(sys.path)},
    )
    assert elsewhere.stdout.decode() == hashlib.sha256(here).hexdigest()


def test_words_nobody_knows_still_change_something() -> None:
    assert difference(retouched("zxcv", LAKE), picture_of(LAKE)) > 3
    assert difference(retouched("zxcv", LAKE), retouched("qwer", LAKE)) > 1


def test_a_mark_changes_one_corner_and_not_the_picture_that_was_given() -> None:
    plain, marked = (retouched("warmer", LAKE, mark=mark) for mark in (None, "TEST"))
    assert same(plain.crop((0, 0, 240, 120)), marked.crop((0, 0, 240, 120)))
    assert difference(plain, marked, (140, 120, 240, 180)) > 0.5


def test_removing_needs_a_mask_and_says_so() -> None:
    picture = carried_out(retouching("remove the boat", LAKE))
    assert picture.notes == ("sketch removes only what a mask shows it; nothing was removed",)


def test_what_a_mask_removes_becomes_like_its_surroundings() -> None:
    dotted = Image.new("RGB", SIZE, (40, 120, 200))
    ImageDraw.Draw(dotted).ellipse((70, 45, 90, 65), fill=(250, 240, 10))
    image = retouched("remove it", file_of(dotted), mask=hole(SIZE, (60, 35, 100, 75)))
    assert difference(image, Image.new("RGB", SIZE, (40, 120, 200))) < 1


def test_a_picture_that_is_none_is_named() -> None:
    with pytest.raises(Unreadable, match="picture 2 is damaged"):
        retouched("collage", LAKE, b"")
    with pytest.raises(Unreadable, match="the mask is damaged"):
        retouched("a kite", LAKE, mask=LAKE[:50])


@settings(max_examples=40, deadline=None)
@given(
    prompt=st.lists(
        st.sampled_from(
            [
                *("a", "the", "make", "it", "blue", "background", "remove", "cat", "rotate", "7"),
                *("on", "beach", "sun", "night", "snow", "collage", "oil", "huge", "two", "birds"),
            ]
        ),
        max_size=9,
    ).map(" ".join),
    fields=st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**31 - 1),
            "strength": st.sampled_from([0.0, 0.5, 1.0]),
            "ground": st.sampled_from(["auto", "opaque", "transparent"]),
            "mask": st.sampled_from([None, hole((48, 36), (8, 8, 30, 28))]),
            "output_format": st.sampled_from(["png", "jpeg", "webp"]),
        }
    ),
    more=st.booleans(),
)
def test_any_wish_is_carried_out_in_the_size_that_was_asked_for(
    prompt: str, fields: dict[str, Any], more: bool
) -> None:
    source = file_of(busy((48, 36)).convert("RGBA" if more else "RGB"))
    pictures = (source, flat((20, 30))) if more else (source,)
    image = retouched(prompt, *pictures, width=64, height=40, **fields)
    assert image.size == (64, 40)
    assert ImageStat.Stat(image.convert("L")).count == [64 * 40]
