"""A stage says where things can be in a place: what stands, what floats and where the sky ends."""

from dataclasses import dataclass, replace

from limner.sketch.scene import Scene
from limner.sketch.traits import TRAITS


@dataclass(frozen=True, slots=True)
class Stage:
    """Heights are shares of the picture's height, from its top; feet stand at `near`."""

    place: str
    horizon: float
    near: float
    air: float = 0.3
    water: float | None = None
    solid: bool = True
    """Whether things on the ground have ground under them."""
    drifting: bool = False
    """Nothing has weight here: all things hang around the middle."""
    across: float = 0.5
    """Where a single thing likes to be."""
    scale: float = 1.0


STUDIO = Stage("studio", 0.62, 0.84, 0.5)

STAGES: dict[str, Stage] = {
    stage.place: stage
    for stage in (
        STUDIO,
        Stage("plain", 1.0, 0.9, 0.5, drifting=True),
        Stage("grid", 1.0, 0.88, 0.5, drifting=True),
        Stage("island", 1.0, 0.66),
        Stage("hills", 0.62, 0.9),
        Stage("meadow", 0.55, 0.9),
        Stage("mountains", 0.66, 0.9),
        Stage("forest", 0.6, 0.9),
        Stage("desert", 0.6, 0.88),
        Stage("sea", 0.54, 0.8, 0.28, water=0.76, solid=False),
        Stage("lake", 0.48, 0.91, 0.26, water=0.74),
        Stage("beach", 0.42, 0.86, 0.24, water=0.52),
        Stage("cliff", 0.6, 0.6, 0.26, water=0.84, across=0.68, scale=0.9),
        Stage("city", 0.78, 0.93, 0.26),
        Stage("street", 0.56, 0.91, 0.22),
        Stage("room", 0.7, 0.89, 0.34, scale=1.2),
        Stage("space", 1.0, 0.86, 0.48, drifting=True),
        Stage("moon", 0.66, 0.87, 0.3),
        Stage("underwater", 0.84, 0.92, 0.46, water=0.46),
        Stage("sky", 1.0, 0.8, 0.44, drifting=True, solid=False),
    )
}

HOMES: dict[str, str] = {
    "hills": "airship castle tree kite sheep bird train bridge bicycle house plane rainbow",
    "meadow": "windmill butterfly bee flower snail mushroom cow pig horse unicorn bush",
    "forest": "tent campfire owl pine bear",
    "mountains": "snowman",
    "desert": "cactus",
    "sea": "boat whale",
    "lake": "duck frog",
    "beach": "palm turtle",
    "cliff": "lighthouse",
    "city": "tower",
    "street": "streetlamp car bus",
    "room": "sofa chair table lamp",
    "moon": "astronaut",
    "space": "rocket planet",
    "underwater": "fish",
    "grid": "dashboard server chart laptop",
}
HOME_OF = {kind: place for place, kinds in HOMES.items() for kind in kinds.split()}
FLAT_KINDS = "circle square triangle star heart diamond hexagon ring cube leaf gear key"
FLAT = frozenset(FLAT_KINDS.split())


def stage_of(scene: Scene, *, transparent: bool = False) -> Stage:
    """The stage a scene asks for, or the one its things are at home on."""
    if transparent or "logo" in scene.styles:
        return STAGES["plain"]
    homes = [HOME_OF[thing.kind] for thing in scene.things if thing.kind in HOME_OF]
    flat = bool(scene.things) and all(thing.kind in FLAT for thing in scene.things)
    if "isometric" in scene.styles and "grid" not in homes and not flat:
        return STAGES["island"]
    if scene.place is not None:
        return _for_things(STAGES[scene.place], scene)
    if scene.backdrop is not None or (scene.things and "minimal" in scene.styles):
        return STAGES["plain"]
    outdoors = scene.sky or scene.time or scene.season or scene.weather
    if scene.things and not homes and not outdoors:
        return STAGES["plain" if flat else "studio"]
    if any(body.kind == "planet" for body in scene.sky):
        return STAGES["space"]
    if "room" in homes and not outdoors:
        return STAGES["room"]
    indoors = outdoors and homes and homes[0] in ("room", "grid")
    return _for_things(STAGES[homes[0] if homes and not indoors else "hills"], scene)


def _for_things(stage: Stage, scene: Scene) -> Stage:
    """The sea needs no islet for what swims or flies."""
    on_ground = any(TRAITS[thing.kind].home == "ground" for thing in scene.things)
    return stage if stage.solid or not on_ground else replace(stage, across=0.5)
