"""Every place by its name, and the layers that make it, the farthest first."""

from random import Random
from types import MappingProxyType

from limner.sketch import beyond, coast, grid, indoors, island, land, street, town
from limner.sketch.canvas import Canvas
from limner.sketch.sky import Sky, paint_bodies, paint_sky
from limner.sketch.view import Layer, View


def sky(canvas: Canvas, view: View, rng: Random) -> None:
    paint_sky(canvas, view.air, view.stage.horizon, rng)


def bodies(canvas: Canvas, view: View, rng: Random) -> None:
    low = LOW_SUNS.get(view.stage.place, 0.92)
    paint_bodies(canvas, view.scene, view.air, Sky(view.stage.horizon, low_sun=low), rng)


def bodies_in_space(canvas: Canvas, view: View, rng: Random) -> None:
    """No clouds out there, and nothing to hide behind."""
    if view.scene.sky:
        paint_bodies(canvas, view.scene, view.air, Sky(0.7), rng)


LOW_SUNS = {"mountains": 0.4, "forest": 0.52, "hills": 0.8, "city": 0.5, "street": 0.3}
"""Where something stands on the horizon, the sun is seen above it."""

OPEN: tuple[Layer, ...] = (sky, bodies)

BACKS = MappingProxyType(
    {
        "plain": indoors.PLAIN,
        "studio": indoors.STUDIO,
        "grid": grid.GRID,
        "island": island.ISLAND,
        "hills": (*OPEN, *land.HILLS),
        "meadow": (*OPEN, *land.MEADOW),
        "mountains": (*OPEN, *land.MOUNTAINS),
        "forest": (*OPEN, *land.FOREST),
        "desert": (*OPEN, *land.DESERT),
        "sea": (*OPEN, *coast.SEA_LAYERS),
        "lake": (*OPEN, *coast.LAKE),
        "beach": (*OPEN, *coast.BEACH),
        "cliff": (*OPEN, *coast.CLIFF),
        "city": (*OPEN, *town.CITY),
        "street": (*OPEN, *street.STREET),
        "room": indoors.ROOM,
        "space": (*beyond.SPACE, bodies_in_space),
        "moon": (*beyond.MOON,),
        "underwater": beyond.UNDERWATER,
        "sky": (*OPEN, *beyond.SKY),
    }
)

DECOR: frozenset[Layer] = frozenset(
    (
        land.flowers,
        land.winding_path,
        land.cacti,
        land.mid_hills,
        land.tall_firs,
        indoors.house_plant,
        indoors.window,
    )
)
"""What a simple picture goes without."""

FRONTS: MappingProxyType[str, tuple[Layer, ...]] = MappingProxyType(
    {"sea": coast.SEA_FRONT, "underwater": (beyond.bubbles,)}
)
