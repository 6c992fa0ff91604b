"""Things are put into the picture with what ties them to it: shadow, light, reflection."""

from dataclasses import replace
from random import Random

from PIL import Image, ImageFilter

from limner.sketch.canvas import Canvas, faded
from limner.sketch.colours import Colour, Tones, luminance, mix, named
from limner.sketch.layout import Placement
from limner.sketch.objects import OBJECTS
from limner.sketch.scene import Scene
from limner.sketch.sprite import Lighting, Sprite, sprite
from limner.sketch.traits import TRAITS
from limner.sketch.view import View

ISOMETRIC = frozenset(("dashboard", "server", "cube"))
"""These bring light and shade of their own."""
SHADOW: Colour = (24, 20, 60)


def tones_of(scene: Scene, placement: Placement) -> Tones:
    """The colours asked for; a second one falls to roofs, sails and stripes."""
    thing = scene.things[placement.thing]
    trait = TRAITS[placement.kind]
    main = named(thing.colours[0]) if thing.colours else named(trait.colour)
    if len(thing.colours) > 1:
        return Tones(main, named(thing.colours[1]))
    second = named(scene.accent) if scene.accent else named(trait.second)
    if thing.colours and _alike(main, second):
        second = mix(second, (255, 255, 255) if luminance(main) < 0.55 else SHADOW, 0.55)
    return Tones(main, second)


def _alike(first: Colour, second: Colour) -> bool:
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) < 70


def stand(canvas: Canvas, view: View, placement: Placement, lighting: Lighting) -> None:
    side = max(2, round(placement.half * 2))
    if placement.kind in ISOMETRIC:
        lighting = replace(lighting, shaped=False)
    drawn = sprite(
        OBJECTS[placement.kind],
        tones_of(view.scene, placement),
        side,
        lighting,
        mirrored=placement.mirrored,
    )
    left, top = round(placement.x - side / 2), round(placement.y - side / 2)
    if not canvas.transparent:
        _shade(canvas, view, placement, drawn)
        for x, y, reach, colour in drawn.lamps:
            half = placement.half
            strength = 0.5 if lighting.lit else 0.2
            canvas.glow(
                placement.x + x * half, placement.y + y * half, reach * half, colour, strength
            )
    if placement.kind == "lighthouse" and lighting.lit and not canvas.transparent:
        _beams(canvas, placement)
    image = drawn.image
    if placement.seen < 1:
        image = image.crop((0, 0, side, round(side * placement.seen)))
    wet = view.stage.place == "street" and view.air.weather & {"wet", "rain"}
    if placement.footing == "water" or (wet and placement.footing == "ground"):
        _reflect(canvas, image, left, top, placement)
    canvas.stamp(image, left, top)
    if lighting.lit and not canvas.transparent:
        for x, y, reach, colour in drawn.lamps:
            half = placement.half
            canvas.glow(
                placement.x + x * half, placement.y + y * half, reach * half * 0.55, colour, 0.35
            )


def _beams(canvas: Canvas, placement: Placement) -> None:
    """The light that turns, caught on both sides."""
    x, y = placement.x, placement.y - placement.half * 0.66
    long, wide = canvas.width * 1.1, canvas.unit * 0.17
    for side, tilt in ((-1, 0.1), (1, -0.06)):
        end = (x + side * long, y + tilt * long)
        for share in (1.0, 0.55):
            beam = [(x, y), (end[0], end[1] - wide * share), (end[0], end[1] + wide * share)]
            canvas.shape([beam], (255, 240, 180), opacity=0.17, blur=canvas.unit * 0.006)


def _shade(canvas: Canvas, view: View, placement: Placement, drawn: Sprite) -> None:
    """A soft puddle of shadow under what stands on the ground."""
    if placement.footing != "ground":
        return
    box = drawn.image.getbbox() or (0, 0, drawn.image.width, drawn.image.height)
    low = drawn.image.crop((0, round(box[3] * 0.8), drawn.image.width, box[3])).getbbox() or box
    left = placement.x - placement.half
    middle, wide = left + (low[0] + low[2]) / 2, (low[2] - low[0]) / 2
    y = placement.y - placement.half + box[3] - placement.half * 0.02
    strength = 0.62 if view.air.dark else 0.5
    shade = mix(SHADOW, view.air.haze, 0.12)
    canvas.glow(middle + wide * 0.12, y, wide * 1.5, shade, strength, flat=0.2)
    canvas.glow(middle, y, wide * 1.05, shade, strength, flat=0.13)


def _reflect(canvas: Canvas, image: Image.Image, left: int, top: int, placement: Placement) -> None:
    """What swims is seen again in the water, broken into bands and paler."""
    box = image.getbbox()
    if box is None:
        return
    mirrored = image.crop(box).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    short = mirrored.resize((mirrored.width, max(1, round(mirrored.height * 0.55))))
    rng = Random(f"{placement.thing}/{round(placement.x)}")
    rippled = Image.new("RGBA", short.size)
    band = max(1, short.height // 22)
    for y in range(0, short.height, band):
        shift = round(rng.uniform(-1, 1) * placement.half * 0.03 * (0.4 + y / short.height))
        rippled.paste(short.crop((0, y, short.width, y + band)), (shift, y))
    rippled = rippled.filter(ImageFilter.GaussianBlur(max(0.5, placement.half * 0.006)))
    fade = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    alpha = rippled.getchannel("A")
    faint = Image.composite(alpha, Image.new("L", alpha.size), faded(fade.resize(alpha.size), 0.5))
    rippled.putalpha(faint)
    canvas.stamp(rippled, left + box[0], top + box[3] - max(1, round(placement.half * 0.05)))
