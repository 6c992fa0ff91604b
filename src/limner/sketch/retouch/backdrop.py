"""A new background, where the old one is plain enough to be told from what stands before it."""

from dataclasses import replace

from PIL import Image

from limner.sketch.colours import named
from limner.sketch.draw import painted
from limner.sketch.drawing import Drawing
from limner.sketch.retouch.composing import before
from limner.sketch.retouch.fitting import Size
from limner.sketch.retouch.subject import subject_of
from limner.sketch.retouch.wishes import CLEAR, Wish
from limner.sketch.scene import Scene

NOT_PLAIN = (
    "sketch replaces plain backgrounds only, and this picture's is not; it was left as it is"
)
SET_BEFORE = (
    "sketch replaces plain backgrounds only, and this picture's is not; the picture was set before "
    "the new one as a whole"
)


def scenery(scene: Scene, frame: Size, prompt: str, seed: int) -> Image.Image:
    """A place as sketch draws it, with nothing in it."""
    empty = replace(scene, things=(), relations=())
    return painted(empty, Drawing(prompt, *frame, seed)).image


def with_backdrop(
    image: Image.Image, wish: Wish, prompt: str, seed: int
) -> tuple[Image.Image, tuple[str, ...]]:
    """The picture before what was wished for, and what its customer should know."""
    subject = subject_of(image)
    if wish.backdrop == CLEAR:
        return (image, (NOT_PLAIN,)) if subject is None else (cleared(image, subject), ())
    if wish.backdrop is not None:
        if subject is None:
            return image, (NOT_PLAIN,)
        return over(Image.new("RGB", image.size, named(wish.backdrop)), image, subject), ()
    behind = scenery(wish.scene, image.size, prompt, seed)
    if subject is None:
        return before(behind, image), (SET_BEFORE,)
    return over(behind, image, subject), ()


def over(behind: Image.Image, image: Image.Image, subject: Image.Image) -> Image.Image:
    return Image.composite(image.convert("RGB"), behind, subject)


def cleared(image: Image.Image, subject: Image.Image) -> Image.Image:
    cut = image.convert("RGB")
    cut.putalpha(subject)
    return cut
