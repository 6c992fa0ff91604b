"""What can be done to all colours of a picture; an amount is 1, or a half for "slightly".

Pictures go in and come out in RGB. Radii are shares of the shorter side, so that a small picture
and a large one are changed alike.
"""

from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType
from typing import TypeAlias

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from limner.sketch.colours import Colour, luminance, mix
from limner.sketch.styles import monochrome, pastel, sepia, watercolour

Effect: TypeAlias = Callable[[Image.Image, float, Random], Image.Image]

DABS_SIDE = 900
"""Brush strokes are found in a picture of this size; a larger one has them larger."""
BLACK: Colour = (12, 10, 24)
WHITE: Colour = (255, 255, 255)


def changed(image: Image.Image, name: str, amount: float, dice: Random) -> Image.Image:
    """The picture with a change made; names of other trades leave it as it is."""
    effect = EFFECTS.get(name)
    return effect(image, amount, dice) if effect else image


def tinted(image: Image.Image, colour: Colour) -> Image.Image:
    """Light and shade stay, hues become one."""
    bright = luminance(colour)
    # A dark colour must leave its lights dark too, or black would come out grey.
    light = mix(colour, WHITE, 0.25 + 0.6 * bright)
    dark = mix(colour, BLACK, 0.86 - 0.4 * bright)
    grey = ImageOps.autocontrast(ImageOps.grayscale(image), cutoff=0.2)
    dyed = ImageOps.colorize(grey, dark, light, mid=colour, midpoint=140)
    return Image.blend(image, dyed, 0.9)


def blended(image: Image.Image, other: Image.Image, amount: float) -> Image.Image:
    return Image.blend(image, other, min(1.0, amount))


def by_light(factor: float, gamma: float) -> Effect:
    """Brighter or darker, without cutting off what is light or dark already."""

    def apply(image: Image.Image, amount: float, _: Random) -> Image.Image:
        power, times = gamma**amount, factor**amount
        curve = [min(255, round(255 * times * (value / 255) ** power)) for value in range(256)]
        return image.point(curve * 3)

    return apply


def by_warmth(red: float, green: float, blue: float) -> Effect:
    def apply(image: Image.Image, amount: float, _: Random) -> Image.Image:
        curve: list[int] = []
        for factor in (red, green, blue):
            curve += [min(255, round(value * factor**amount)) for value in range(256)]
        return image.point(curve)

    return apply


def by_colour(factor: float) -> Effect:
    return lambda image, amount, _: ImageEnhance.Color(image).enhance(factor**amount)


def by_contrast(factor: float) -> Effect:
    return lambda image, amount, _: ImageEnhance.Contrast(image).enhance(factor**amount)


def by_style(style: Callable[[Image.Image], Image.Image]) -> Effect:
    return lambda image, amount, _: blended(image, style(image), amount)


def blur(image: Image.Image, amount: float, _: Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(1.0, min(image.size) * 0.014 * amount)))


def sharpen(image: Image.Image, amount: float, _: Random) -> Image.Image:
    radius = max(0.8, min(image.size) * 0.0022)
    return image.filter(ImageFilter.UnsharpMask(radius, round(170 * amount), 2))


def pixelate(image: Image.Image, amount: float, _: Random) -> Image.Image:
    block = max(2, round(min(image.size) / 44 * amount))
    small = image.reduce(block)
    whole = small.resize((small.width * block, small.height * block), Image.Resampling.NEAREST)
    return whole.crop((0, 0, *image.size))


def posterise(image: Image.Image, amount: float, _: Random) -> Image.Image:
    """Few flat colours, and dark lines where they meet."""
    smooth = image.filter(ImageFilter.MedianFilter(5))
    flat = ImageOps.posterize(ImageEnhance.Color(smooth).enhance(1.35), 2 if amount > 1 else 3)
    edges = ImageOps.grayscale(smooth).filter(ImageFilter.FIND_EDGES)
    lines = edges.point([255 if value < 46 else 40 for value in range(256)])
    return ImageChops.multiply(flat, Image.merge("RGB", (lines,) * 3))


def pencil(image: Image.Image, amount: float, _: Random) -> Image.Image:
    """What is darker than its surroundings is a line; all else is paper."""
    grey = ImageOps.grayscale(image)
    soft = grey.filter(ImageFilter.GaussianBlur(max(1.2, min(image.size) * 0.006)))
    lines = ImageChops.add(grey, ImageChops.invert(soft))
    drawn = lines.point([round(255 * (value / 255) ** 3) for value in range(256)])
    shade = ImageChops.blend(drawn, ImageOps.autocontrast(grey), 0.18)
    return blended(image, ImageOps.colorize(shade, (44, 42, 52), (252, 250, 244)), amount)


def oil(image: Image.Image, amount: float, _: Random) -> Image.Image:
    """Each dab takes the colour that is commonest around it."""
    shrink = min(1.0, DABS_SIDE / max(image.size))
    small = image.resize(
        (max(1, round(image.width * shrink)), max(1, round(image.height * shrink)))
    )
    dabs = ImageEnhance.Color(small).enhance(1.2).filter(ImageFilter.ModeFilter(9))
    dabs = dabs.resize(image.size, Image.Resampling.BICUBIC)
    ridges = ImageOps.grayscale(dabs).filter(ImageFilter.EMBOSS)
    raised = ImageChops.overlay(dabs, Image.merge("RGB", (ridges,) * 3))
    return blended(image, Image.blend(dabs, raised, 0.35), amount)


def neon(image: Image.Image, amount: float, _: Random) -> Image.Image:
    """Dark, with edges that shine from cyan to pink."""
    grey = ImageOps.grayscale(image)
    edges = ImageOps.autocontrast(grey.filter(ImageFilter.FIND_EDGES), cutoff=1)
    glow = edges.filter(ImageFilter.GaussianBlur(max(1.0, min(image.size) * 0.008)))
    lines = ImageChops.add(edges, glow.point([min(255, v * 2) for v in range(256)]))
    hues = Image.linear_gradient("L").resize(image.size)
    light = ImageOps.colorize(hues, (60, 230, 255), (255, 70, 190))
    dark = ImageOps.colorize(grey, (10, 6, 34), (150, 96, 210), mid=(54, 24, 108))
    shining = ImageChops.multiply(light, Image.merge("RGB", (lines,) * 3))
    return blended(image, ImageChops.screen(dark, shining), amount)


def vignette(image: Image.Image, amount: float, _: Random) -> Image.Image:
    far = Image.radial_gradient("L").resize(image.size)
    curve = [
        round(min(1.0, max(0, value - 96) / 150) * 215 * min(1.2, amount)) for value in range(256)
    ]
    dark = Image.new("RGB", image.size, (8, 6, 14))
    return Image.composite(dark, image, far.point(curve))


def grain(image: Image.Image, amount: float, dice: Random) -> Image.Image:
    """Noise of half the resolution, as film has it."""
    size = (max(1, image.width // 2), max(1, image.height // 2))
    noise = Image.frombytes("L", size, dice.randbytes(size[0] * size[1]))
    even = noise.point([round(128 + (value - 128) * 0.3 * amount) for value in range(256)])
    layer = even.resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.overlay(image, Image.merge("RGB", (layer,) * 3))


def night(image: Image.Image, amount: float, _: Random) -> Image.Image:
    """Blue and dark, but what is light and yellow is taken for a lamp and goes on shining."""
    pale = ImageEnhance.Color(image).enhance(0.55)
    dark = ImageChops.multiply(pale, Image.new("RGB", image.size, (72, 84, 156)))
    red, blue = image.getchannel("R"), image.getchannel("B")
    yellow = ImageChops.subtract(red, blue).point(
        [min(255, max(0, v - 56) * 5) for v in range(256)]
    )
    light = ImageOps.grayscale(image).point([min(255, max(0, v - 180) * 6) for v in range(256)])
    lamps = ImageChops.multiply(yellow, light)
    halo = lamps.filter(ImageFilter.GaussianBlur(max(1.0, min(image.size) * 0.02)))
    dark.paste((255, 190, 90), mask=halo.point([value // 2 for value in range(256)]))
    dark.paste(image, mask=lamps)
    return blended(image, dark, amount * 0.94)


def glow_of(top: Colour, low: Colour, share: float) -> Effect:
    """The light of a low sun: a wash from the top of the sky to the ground."""

    def apply(image: Image.Image, amount: float, _: Random) -> Image.Image:
        down = Image.linear_gradient("L").resize(image.size)
        light = ImageOps.colorize(down, top, low)
        warm = ImageChops.multiply(image, light)
        lit = ImageChops.screen(warm, light.point([round(v * 0.22) for v in range(256)] * 3))
        return blended(image, lit, amount * share)

    return apply


def snow_light(image: Image.Image, amount: float, _: Random) -> Image.Image:
    """Paler, colder, and white where it was light."""
    pale = ImageEnhance.Color(image).enhance(0.6)
    lit = ImageOps.grayscale(image).point([max(0, value - 110) for value in range(256)])
    pale.paste((238, 244, 255), mask=lit)
    return blended(image, pale, amount * 0.9)


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "monochrome": by_style(monochrome),
        "sepia": by_style(sepia),
        "pastel": by_style(pastel),
        "watercolour": by_style(watercolour),
        "brighter": by_light(1.06, 0.68),
        "darker": by_light(0.86, 1.5),
        "warmer": by_warmth(1.16, 1.02, 0.8),
        "cooler": by_warmth(0.82, 0.98, 1.18),
        "vivid": by_colour(1.7),
        "muted": by_colour(0.42),
        "contrast": by_contrast(1.5),
        "flat": by_contrast(0.6),
        "blur": blur,
        "sharpen": sharpen,
        "pixelate": pixelate,
        "invert": lambda image, amount, _: blended(image, ImageChops.invert(image), amount),
        "posterise": posterise,
        "pencil": pencil,
        "oil": oil,
        "neon": neon,
        "vignette": vignette,
        "grain": grain,
        "night": night,
        "sunset": glow_of((180, 96, 150), (255, 176, 108), 0.85),
        "dawn": glow_of((196, 190, 236), (255, 214, 206), 0.9),
        "snow": snow_light,
        "rain": by_colour(0.6),
        "fog": by_contrast(0.7),
        "autumn": by_warmth(1.22, 0.96, 0.66),
    }
)
