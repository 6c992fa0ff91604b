"""A picture is painted in layers, from the sky to the weather, and each layer has its own dice."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from math import ceil
from random import Random
from typing import TypeAlias

from limner.sketch.abstract import paint_abstract
from limner.sketch.air import air_of
from limner.sketch.bloom import bloom
from limner.sketch.canvas import Canvas
from limner.sketch.drawing import Drawing, Picture
from limner.sketch.encoding import encoded
from limner.sketch.grammar import read
from limner.sketch.layout import Frame, lay_out
from limner.sketch.mark import stamp_mark
from limner.sketch.places import BACKS, DECOR, FRONTS
from limner.sketch.scene import Scene
from limner.sketch.sprite import Lighting
from limner.sketch.stages import stage_of
from limner.sketch.staging import composed, sided, staged
from limner.sketch.standing import stand
from limner.sketch.styles import style
from limner.sketch.view import View
from limner.sketch.weather import paint_weather

Step: TypeAlias = Callable[[Canvas], None]


def draw(drawing: Drawing) -> Picture:
    """The same drawing always gives the same bytes."""
    canvas = painted(read(drawing.prompt), drawing)
    if drawing.mark:
        stamp_mark(canvas, drawing.mark)
    return encoded(canvas.image, drawing, preview=drawing.finished < 1)


def painted(scene: Scene, drawing: Drawing) -> Canvas:
    """A scene as a drawing asks for it; its prompt only throws the dice."""
    scene = staged(scene, transparent=drawing.transparent)
    canvas = Canvas(drawing.width, drawing.height, transparent=drawing.transparent)
    steps = list(layers(scene, drawing))
    for step in steps[: max(1, ceil(len(steps) * drawing.finished))]:
        step(canvas)
    style(canvas, scene)
    return canvas


def layers(scene: Scene, drawing: Drawing) -> Iterator[Step]:
    """The steps in which a scene is painted; with the same seed, always the same."""

    def dice(name: str) -> Random:
        return Random(f"{drawing.seed}/{drawing.prompt}/{name}")

    if scene.empty:
        yield from paint_abstract(scene, dice, transparent=drawing.transparent)
        return
    view = view_of(sided(scene, dice("sides")), drawing, dice)
    if not drawing.transparent:
        simple = "minimal" in scene.styles
        for index, back in enumerate(BACKS[view.stage.place]):
            if simple and back in DECOR:
                continue
            yield partial(_paint, layer=back, view=view, rng=dice(f"back {index}"))
    for placement in view.placements:
        yield partial(stand, view=view, placement=placement, lighting=view.air.lighting)
    if not drawing.transparent:
        for index, front in enumerate(FRONTS.get(view.stage.place, ())):
            yield partial(_paint, layer=front, view=view, rng=dice(f"front {index}"))
        yield lambda canvas: paint_weather(canvas, view.air, dice("weather"))
        if view.glowing:
            yield bloom


def view_of(scene: Scene, drawing: Drawing, dice: Callable[[str], Random]) -> View:
    stage = stage_of(scene, transparent=drawing.transparent)
    stage = composed(stage, scene, dice("stage"))
    frame = Frame(drawing.width, drawing.height)
    air = air_of(scene, dice("air"))
    if stage.place in ("grid", "space", "moon"):
        # No evening light falls where there is no air.
        air = replace(air, lighting=Lighting(lit=True))
    return View(scene, air, stage, lay_out(scene, stage, frame, dice("layout")))


def _paint(
    canvas: Canvas, layer: Callable[[Canvas, View, Random], None], view: View, rng: Random
) -> None:
    layer(canvas, view, rng)
