"""What a prompt leaves out and everybody expects: a sun at sunset, the dark around a lantern."""

from dataclasses import replace
from random import Random

from limner.sketch.scene import Across, Scene, Thing
from limner.sketch.stages import Stage

LIGHTS = frozenset(("lantern", "candle", "campfire", "streetlamp", "ghost"))
WITH_A_SKY = frozenset(
    ("hills", "meadow", "mountains", "desert", "sea", "lake", "beach", "cliff", "forest")
)


def staged(scene: Scene, *, transparent: bool = False) -> Scene:
    if scene.empty:
        return scene
    if transparent or scene.backdrop or "logo" in scene.styles:
        return _bodies_as_things(scene)
    lights = any(thing.kind in LIGHTS for thing in scene.things)
    if lights and scene.time is None and scene.place not in (None, "room"):
        scene = replace(scene, time="night")
    if scene.place is None and any(thing.kind == "snowman" for thing in scene.things):
        scene = replace(scene, weather=scene.weather | {"snow"})
    low_sun = scene.time in ("sunset", "dawn") and not scene.weather & {"rain", "fog"}
    if low_sun and not scene.sky and (scene.place is None or scene.place in WITH_A_SKY):
        scene = replace(scene, sky=(Thing("sun"),))
    return scene


def sided(scene: Scene, rng: Random) -> Scene:
    """Sun and moon get a side of the sky when the prompt gives them none."""
    sides: list[Across] = ["left", "right"]
    rng.shuffle(sides)
    bodies = [
        replace(body, across=sides[index % 2])
        if body.across is None and body.kind in ("sun", "moon", "crescent", "planet")
        else body
        for index, body in enumerate(scene.sky)
    ]
    return replace(scene, sky=tuple(bodies))


def composed(stage: Stage, scene: Scene, rng: Random) -> Stage:
    """Whoever stands alone outdoors stands a little aside, away from sun and moon."""
    if stage.place not in WITH_A_SKY - {"cliff"} or len(scene.things) != 1:
        return stage
    sides = [body.across for body in scene.sky if body.across in ("left", "right")]
    side = sides[0] if sides else rng.choice(("left", "right"))
    return replace(stage, across=0.57 if side == "left" else 0.43)


def _bodies_as_things(scene: Scene) -> Scene:
    """Where there is no sky, a sun or a rainbow is a thing like any other."""
    if scene.things or not scene.sky:
        return scene
    return replace(scene, things=scene.sky, sky=())
