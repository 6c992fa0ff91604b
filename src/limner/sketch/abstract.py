"""Words nobody knows still make a picture: overlapping forms in colours that go together."""

from collections.abc import Callable, Iterator
from random import Random

from limner.sketch.canvas import Canvas
from limner.sketch.colours import from_hue
from limner.sketch.curves import ring, smooth
from limner.sketch.scene import Scene


def paint_abstract(
    scene: Scene, dice: Callable[[str], Random]
) -> Iterator[Callable[[Canvas], None]]:
    rng = dice("abstract")
    hue = rng.random()

    def ground(canvas: Canvas) -> None:
        if not canvas.transparent:
            canvas.wash((from_hue(hue, 0.94, 0.6), from_hue(hue + 0.06, 0.88, 0.6)))

    yield ground
    for index in range(6):
        yield _blob(dice(f"blob {index}"), hue + 0.12 * index)


def _blob(rng: Random, hue: float) -> Callable[[Canvas], None]:
    def paint(canvas: Canvas) -> None:
        x, y = rng.uniform(0.2, 0.8) * canvas.width, rng.uniform(0.2, 0.8) * canvas.height
        reach = canvas.unit * rng.uniform(0.1, 0.3)
        outline = smooth(ring(x, y, reach, reach, 7), closed=True)
        canvas.shape([outline], from_hue(hue, 0.6, 0.65), opacity=0.8)

    return paint
