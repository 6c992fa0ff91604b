"""What sketch reads from the prompt is painted into a picture: by its own painters, cut out.

Where the prompt names no spot, things go where the picture is calmest.
"""

import math
from dataclasses import dataclass, replace
from random import Random

from PIL import Image, ImageChops, ImageFilter, ImageOps

from limner.sketch.canvas import Canvas, faded
from limner.sketch.draw import painted
from limner.sketch.drawing import Drawing
from limner.sketch.retouch.fitting import Box
from limner.sketch.scene import Scene, Thing
from limner.sketch.traits import TRAITS

SHARE = {"tiny": 0.14, "small": 0.26, "normal": 0.42, "large": 0.58, "huge": 0.8}
"""How much of the shorter side a thing of middling bulk takes, by its size word."""
LARGEST_EASEL = 2048
ACROSS = {"left": 0.16, "centre": 0.5, "right": 0.84}
HEIGHTS = {"top": 0.18, "middle": 0.5, "bottom": 0.82}
SPOTS_ACROSS = (0.22, 0.5, 0.78)
SPOTS_DOWN = {"ground": (0.72,), "water": (0.72,), "air": (0.26, 0.45)}
BEST_SPOTS = 2
"""Among so many calm spots the dice choose, so that several pictures differ."""
SHADOW = (24, 20, 60)


@dataclass(frozen=True, slots=True)
class Cutout:
    """Painted things without a background, cut to their outlines."""

    image: Image.Image

    def within(self, width: float, height: float) -> Image.Image:
        """As large as fits."""
        scale = min(width / self.image.width, height / self.image.height)
        size = (max(1, round(self.image.width * scale)), max(1, round(self.image.height * scale)))
        return self.image.resize(size, Image.Resampling.LANCZOS)


def things_of(scene: Scene) -> Scene:
    """Only what can be cut out: sun, moon and clouds are things here."""
    bodies = tuple(replace(body, count=min(body.count, 3)) for body in scene.sky)
    return Scene(
        things=(*scene.things, *bodies),
        relations=scene.relations,
        accent=scene.accent,
        time=scene.time,
    )


def cutout(scene: Scene, side: int, prompt: str, seed: int) -> Cutout | None:
    """The scene's things on nothing; None where there are none."""
    if not scene.things:
        return None
    easel = max(48, min(LARGEST_EASEL, side))
    image = painted(scene, Drawing(prompt, easel, easel, seed, transparent=True)).image
    box = image.getchannel("A").getbbox()
    return Cutout(image.crop(box)) if box else None


def paint_things(image: Image.Image, scene: Scene, prompt: str, seed: int) -> Image.Image:
    """Into the whole picture, where the prompt says or where least is lost."""
    unit = min(image.size)
    size = max((share_of(thing) for thing in scene.things), default=0.4)
    crowd = min(1.8, max(1.0, sum(thing.count for thing in scene.things) * 0.5))
    cut = cutout(scene, round(unit * size * crowd * 1.8), prompt, seed)
    if cut is None:
        return image
    sprite = cut.within(min(image.width * 0.9, unit * size * crowd), unit * size)
    x, y = spot_for(image, sprite.size, scene.things, Random(f"{seed}/{prompt}/spot"))
    return stamped(image, sprite, round(x - sprite.width / 2), round(y - sprite.height / 2))


def share_of(thing: Thing) -> float:
    """Of the shorter side: a castle takes more of it than a hat."""
    return min(0.85, SHARE[thing.size] * TRAITS[thing.kind].bulk)


def paint_inside(
    image: Image.Image, region: Image.Image, scene: Scene, prompt: str, seed: int
) -> Image.Image:
    """Into the region of a mask, as large as it has room."""
    box = region.getbbox()
    if box is None:
        return image
    room = roominess(region, box)
    wide, high = (box[2] - box[0]) * room, (box[3] - box[1]) * room
    cut = cutout(scene, round(max(wide, high) * 1.4), prompt, seed)
    if cut is None:
        return image
    sprite = cut.within(wide, high)
    left = round((box[0] + box[2] - sprite.width) / 2)
    top = round((box[1] + box[3] - sprite.height) / 2)
    return stamped(image, sprite, left, top)


def roominess(region: Image.Image, box: Box) -> float:
    """How much of its frame a thing may fill: a disc has less room in its corners than a square."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    filled = sum(value * count for value, count in enumerate(region.histogram())) / 255
    return 0.94 * min(1.0, max(0.5, math.sqrt(filled / area)))


def spot_for(
    image: Image.Image, size: tuple[int, int], things: tuple[Thing, ...], dice: Random
) -> tuple[float, float]:
    """The middle of a thing of this size, whole inside the picture."""
    first = things[0]
    across = (ACROSS[first.across],) if first.across else SPOTS_ACROSS
    down = (HEIGHTS[first.down],) if first.down else SPOTS_DOWN[TRAITS[first.kind].home]
    if first.across and not first.down:
        down = (0.5,) if TRAITS[first.kind].home == "air" else (0.66,)
    spots = [inside(image, size, x, y) for x in across for y in down]
    busy = sorted(spots, key=lambda spot: unrest(image, size, spot))
    return dice.choice(busy[: min(BEST_SPOTS, len(busy))])


def inside(image: Image.Image, size: tuple[int, int], x: float, y: float) -> tuple[float, float]:
    margin = min(image.size) * 0.03
    half_wide, half_high = size[0] / 2 + margin, size[1] / 2 + margin
    return (
        min(max(image.width * x, half_wide), max(half_wide, image.width - half_wide)),
        min(max(image.height * y, half_high), max(half_high, image.height - half_high)),
    )


def unrest(image: Image.Image, size: tuple[int, int], spot: tuple[float, float]) -> float:
    """How much goes on where a thing would stand."""
    left, top = spot[0] - size[0] / 2, spot[1] - size[1] / 2
    box = (max(0.0, left), max(0.0, top), left + size[0], top + size[1])
    box = (box[0], box[1], min(image.width, box[2]), min(image.height, box[3]))
    part = ImageOps.grayscale(image.convert("RGB").resize((48, 48), Image.Resampling.BOX, box=box))
    edges = part.filter(ImageFilter.FIND_EDGES).crop((1, 1, 47, 47)).histogram()
    return sum(value * count for value, count in enumerate(edges))


def stamped(image: Image.Image, sprite: Image.Image, left: int, top: int) -> Image.Image:
    """The picture with a sprite on it, and the soft shadow that ties them together."""
    canvas = Canvas.over(image.copy())
    reach = max(1, round(min(sprite.size) * 0.035))
    pad = reach * 3
    shade = Image.new("L", (sprite.width + 2 * pad, sprite.height + 2 * pad))
    shade.paste(sprite.getchannel("A"), (pad, pad))
    shadow = Image.new("RGBA", shade.size, SHADOW)
    shadow.putalpha(faded(shade.filter(ImageFilter.GaussianBlur(reach)), 0.38))
    canvas.stamp(shadow, left - pad + reach // 2, top - pad + reach)
    canvas.stamp(sprite, left, top)
    return canvas.image


def washed(image: Image.Image, prompt: str, seed: int) -> Image.Image:
    """For words nobody knows: two colours of the dice's choice, so that something is seen."""
    dice = Random(f"{seed}/{prompt}/wash")
    hue = dice.random() * 360
    tones = [
        Image.new("HSV", (1, 1), (round(h) % 256, s, v)).convert("RGB").getpixel((0, 0))
        for h, s, v in ((hue, 150, 70), (hue + 60, 110, 250))
    ]
    dark, light = (tone for tone in tones if isinstance(tone, tuple))
    duotone = ImageOps.colorize(ImageOps.grayscale(image), dark, light)
    return Image.blend(image, ImageChops.soft_light(duotone, image), 0.75)
