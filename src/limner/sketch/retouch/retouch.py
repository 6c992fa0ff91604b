"""A given picture is changed as its prompt says, by code: turned, recoloured, painted on.

Nothing is recognised in it. What the prompt wants painted goes into the region that the mask gives
free, or to a calm spot; words about light and colour change the whole; a new background needs a
plain one to replace. Outside the mask every pixel stays as it was.
"""

from PIL import Image, ImageChops, ImageFilter

from limner.sketch.drawing import Picture, Retouching, Unreadable
from limner.sketch.encoding import encoded, opaque
from limner.sketch.retouch.composing import panels
from limner.sketch.retouch.enlarging import marked
from limner.sketch.retouch.fitting import Size, fitted, fitted_mask, frame_for
from limner.sketch.retouch.opening import Opened, opened
from limner.sketch.retouch.turning import turned
from limner.sketch.retouch.wishes import Wish, wished
from limner.sketch.retouch.work import Work

LONGEST_OPEN = 4096
"""Pixels of the longer side, where a picture keeps its own size."""
SOFT_EDGE = 0.012
"""How far into the region what is new fades in, as a share of the shorter side."""
ALL_KEPT = "the mask has no transparent pixel, so nothing could be changed"


def retouch(asked: Retouching) -> Picture:
    """Raises Unreadable for bytes that are no picture."""
    given = [opened(data, name) for data, name in zip(asked.pictures, names(asked), strict=True)]
    first = given[0]
    frame = frame_for(first.image.size, (asked.width, asked.height), asked.sizes, LONGEST_OPEN)
    region = region_of(asked, first, frame)
    if region is not None and region.getbbox() is None:
        return finished(fitted(first.image, frame), asked, first.profile, (ALL_KEPT,))
    wish = wished(asked.prompt)
    pictures = [turned(first.image, wish), *(one.image for one in given[1:])]
    if len(pictures) > 1 and region is None and wish.amount("panels"):
        pictures = [panels(pictures, frame)]
    start = fitted(pictures[0], frame)
    work = Work(start, wish, region, asked.prompt, asked.seed)
    work.carry_out(pictures[1:], clear=asked.ground == "transparent")
    kept = start if region is None else fitted(first.image, frame)
    image = merged(kept, work.image, region, share(asked, wish))
    return finished(image, asked, first.profile, tuple(work.notes))


def names(asked: Retouching) -> list[str]:
    """What each picture is called in a complaint."""
    if len(asked.pictures) == 1:
        return ["the picture"]
    return [f"picture {index + 1}" for index in range(len(asked.pictures))]


def region_of(asked: Retouching, first: Opened, frame: Size) -> Image.Image | None:
    """White where the mask lets the picture change, in the frame; None without a mask.

    Raises Unreadable for a mask that is not as large as its picture.
    """
    if asked.mask is None:
        return None
    mask = opened(asked.mask, "the mask").image
    if mask.size != first.image.size and first.turn is not None:
        mask = mask.transpose(first.turn)
    if mask.size != first.image.size:
        raise Unreadable("the mask is not as large as the picture it belongs to")
    alpha = mask.getchannel("A") if mask.mode == "RGBA" else Image.new("L", mask.size, 255)
    return ImageChops.invert(fitted_mask(alpha, frame))


def share(asked: Retouching, wish: Wish) -> float:
    """How much of the change is shown; painted things fade more slowly than colours."""
    strength = min(1.0, max(0.0, asked.strength))
    return (strength**0.5 if wish.paints else strength) * asked.finished


def merged(
    kept: Image.Image, new: Image.Image, region: Image.Image | None, shown: float
) -> Image.Image:
    """The new picture where it may show, the old one elsewhere, to the last bit."""
    if region is None and shown == 1:
        return new
    if kept.mode != new.mode:
        kept, new = kept.convert("RGBA"), new.convert("RGBA")
    where = Image.new("L", kept.size, 255) if region is None else softened(region)
    return Image.composite(new, kept, where.point([round(v * shown) for v in range(256)]))


def softened(region: Image.Image) -> Image.Image:
    """The region with an edge that fades inward; outside it stays black."""
    reach = max(0.6, min(region.size) * SOFT_EDGE)
    blurred = region.filter(ImageFilter.GaussianBlur(reach))
    inner = blurred.point([min(255, max(0, (value - 112) * 2)) for value in range(256)])
    return ImageChops.darker(inner, region)


def finished(
    image: Image.Image, asked: Retouching, profile: bytes | None, notes: tuple[str, ...]
) -> Picture:
    if asked.ground == "opaque":
        image = opaque(image)
    image = marked(image, asked.mark)
    return encoded(image, asked, preview=asked.finished < 1, profile=profile, notes=notes)
