"""A room, a studio and a plain ground: places without weather."""

from random import Random

from limner.sketch.canvas import Canvas
from limner.sketch.colours import (
    INK,
    WHITE,
    Colour,
    Gradient,
    from_hue,
    hue_of,
    luminance,
    mix,
    named,
)
from limner.sketch.curves import hoop, ring
from limner.sketch.scene import Scene
from limner.sketch.standing import tones_of
from limner.sketch.terrain import round_tree
from limner.sketch.town import box
from limner.sketch.view import Layer, View

GROUNDS: tuple[Colour, ...] = (
    (250, 226, 200),
    (206, 228, 232),
    (226, 216, 242),
    (216, 234, 212),
    (252, 216, 210),
    (250, 234, 190),
)


def ground_colour(scene: Scene, view: View, rng: Random) -> Colour:
    """The colour asked for, or one that lets the first thing stand out."""
    if scene.backdrop is not None:
        return named(scene.backdrop)
    if "dark" in scene.styles or "neon" in scene.styles:
        return (26, 28, 50)
    if not view.placements:
        return rng.choice(GROUNDS)
    main = tones_of(scene, view.placements[-1]).main
    grey = max(main) - min(main) < 40
    hue = rng.random() if grey else hue_of(main) + rng.choice((0.42, 0.5, 0.58))
    return from_hue(hue, 0.87, 0.55)


def plain(canvas: Canvas, view: View, rng: Random) -> None:
    colour = ground_colour(view.scene, view, rng)
    canvas.wash((mix(colour, WHITE, 0.05), colour, mix(colour, INK, 0.035)))


def studio(canvas: Canvas, view: View, rng: Random) -> None:
    """A wall with a large disc behind the things, and a floor they cast shadows on."""
    colour = ground_colour(view.scene, view, rng)
    dark = luminance(colour) < 0.4
    canvas.wash((mix(colour, WHITE, 0.22 if not dark else 0.04), colour))
    floor = canvas.height * (view.stage.near - 0.12)
    reach = canvas.unit * 0.41
    x, y = canvas.width / 2, canvas.height * 0.47
    canvas.glow(x, y, reach * 1.9, mix(colour, WHITE, 0.6 if not dark else 0.2), 0.5)
    disc = mix(colour, WHITE, 0.46 if not dark else 0.12)
    canvas.oval(x, y, reach, reach, Gradient((disc, mix(disc, colour, 0.5))))
    if "neon" in view.scene.styles:
        _tubes(canvas, view, x, y, reach)
    ground = mix(colour, INK if not dark else WHITE, 0.1)
    canvas.wash((mix(ground, WHITE, 0.1), ground, mix(ground, INK, 0.1)), floor)
    for share, size in ((0.09, 0.03), (0.9, 0.044), (0.83, 0.018), (0.15, 0.014)):
        spot = mix(colour, WHITE, 0.6 if not dark else 0.25)
        dx, dy = canvas.width * share, canvas.height * rng.uniform(0.12, 0.5)
        canvas.oval(dx, dy, canvas.unit * size, canvas.unit * size, spot, opacity=0.7)


def _tubes(canvas: Canvas, view: View, x: float, y: float, reach: float) -> None:
    """Two rings of neon light behind whoever stands there."""
    accent = named(view.scene.accent or "neon pink")
    for share, colour in ((1.0, accent), (0.84, named("neon cyan"))):
        canvas.glow(x, y, reach * share * 1.5, colour, 0.25)
        for thick, light in ((0.008, colour), (0.003, mix(colour, WHITE, 0.7))):
            canvas.shape(hoop(x, y, reach * share, canvas.unit * thick), light)


def wall(canvas: Canvas, view: View, rng: Random) -> None:
    scene = view.scene
    wanted = scene.place_colour or scene.backdrop
    colour = named(wanted) if wanted else rng.choice(GROUNDS)
    colour = view.air.seen(mix(colour, WHITE, 0.1))
    floor = canvas.height * view.stage.horizon
    canvas.wash((mix(colour, WHITE, 0.18), colour, mix(colour, INK, 0.08)), 0, floor)
    stripes = [
        box(x * canvas.unit * 0.12, 0, x * canvas.unit * 0.12 + canvas.unit * 0.05, floor)
        for x in range(int(canvas.width / (canvas.unit * 0.12)) + 1)
    ]
    canvas.shape(stripes, mix(colour, WHITE, 0.5), opacity=0.28)


def window(canvas: Canvas, view: View, rng: Random) -> None:
    """Through it the weather of the prompt is seen."""
    unit, air = canvas.unit, view.air
    side = rng.choice((0.22, 0.78))
    x, y, wide, high = canvas.width * side, canvas.height * 0.3, unit * 0.15, unit * 0.18
    frame = air.seen((252, 246, 234))
    canvas.shape(
        [
            box(
                x - wide - unit * 0.014,
                y - high - unit * 0.014,
                x + wide + unit * 0.014,
                y + high + unit * 0.014,
            )
        ],
        frame,
    )
    canvas.shape([box(x - wide, y - high, x + wide, y + high)], Gradient(air.stops))
    hill = [ring(x - wide * 0.4, y + high * 1.3, wide * 0.6, high * 0.7, 40)]
    inside = [
        [(min(max(px, x - wide), x + wide), min(py, y + high)) for px, py in outline]
        for outline in hill
    ]
    canvas.shape(inside, air.ground((120, 180, 110), 0.2))
    canvas.shape(
        [
            box(x - unit * 0.005, y - high, x + unit * 0.005, y + high),
            box(x - wide, y - unit * 0.005, x + wide, y + unit * 0.005),
        ],
        frame,
    )
    sill = box(x - wide * 1.25, y + high + unit * 0.01, x + wide * 1.25, y + high + unit * 0.035)
    canvas.shape([sill], Gradient((frame, mix(frame, INK, 0.2))))
    _picture(canvas, view, canvas.width * (1 - side), y, rng)


def _picture(canvas: Canvas, view: View, x: float, y: float, rng: Random) -> None:
    unit, seen = canvas.unit, view.air.seen
    wide, high = unit * 0.1, unit * 0.125
    canvas.shape([box(x - wide, y - high, x + wide, y + high)], seen((190, 140, 92)))
    inner = box(x - wide * 0.84, y - high * 0.86, x + wide * 0.84, y + high * 0.86)
    canvas.shape([inner], Gradient((seen((252, 222, 190)), seen((244, 178, 160)))))
    canvas.oval(x + wide * 0.24, y - high * 0.2, wide * 0.3, wide * 0.3, seen((252, 244, 214)))
    mounts = [
        [
            (x - wide * 0.84, y + high * 0.86),
            (x - wide * 0.3, y),
            (x + wide * 0.4, y + high * 0.86),
        ],
        [
            (x - wide * 0.1, y + high * 0.86),
            (x + wide * 0.4, y + high * 0.3),
            (x + wide * 0.84, y + high * 0.7),
            (x + wide * 0.84, y + high * 0.86),
        ],
    ]
    canvas.shape(mounts, seen((96, 116, 160)))


def boards(canvas: Canvas, view: View, rng: Random) -> None:
    unit, floor = canvas.unit, canvas.height * view.stage.horizon
    wood = view.air.seen((208, 160, 116))
    canvas.wash((mix(wood, INK, 0.1), wood, mix(wood, WHITE, 0.06)), floor)
    middle = canvas.width / 2
    seams = [
        [
            (middle + end * 0.55, floor),
            (middle + end, canvas.height),
            (middle + end + unit * 0.005, canvas.height),
        ]
        for end in (unit * 0.17 * step for step in range(-14, 15))
    ]
    canvas.shape(seams, mix(wood, INK, 0.4), opacity=0.4)
    base = view.air.seen((250, 244, 232))
    canvas.shape(
        [box(0, floor - unit * 0.028, canvas.width, floor)], Gradient((base, mix(base, INK, 0.12)))
    )
    rug = view.air.seen(rng.choice(((214, 110, 104), (92, 140, 160), (168, 126, 190))))
    x, y = canvas.width * view.stage.across, canvas.height * (view.stage.near + 0.005)
    for share, colour in ((1.0, rug), (0.86, mix(rug, WHITE, 0.55)), (0.78, mix(rug, WHITE, 0.12))):
        canvas.oval(x, y, unit * 0.44 * share, unit * 0.085 * share, colour)


def house_plant(canvas: Canvas, view: View, rng: Random) -> None:
    unit = canvas.unit
    x, foot = canvas.width * rng.choice((0.07, 0.93)), canvas.height * (view.stage.horizon + 0.09)
    canvas.glow(x, foot, unit * 0.09, INK, 0.4, flat=0.2)
    green = view.air.seen((84, 156, 104))
    crown = round_tree(x, foot - unit * 0.05, unit * 0.26, rng)
    canvas.shape(crown, Gradient((mix(green, WHITE, 0.15), mix(green, INK, 0.2))))
    pot = [(x - unit * 0.05, foot - unit * 0.085), (x + unit * 0.05, foot - unit * 0.085)]
    clay = view.air.seen((214, 122, 86))
    canvas.shape(
        [[*pot, (x + unit * 0.036, foot), (x - unit * 0.036, foot)]],
        Gradient((clay, mix(clay, INK, 0.25))),
    )


PLAIN: tuple[Layer, ...] = (plain,)
STUDIO: tuple[Layer, ...] = (studio,)
ROOM: tuple[Layer, ...] = (wall, window, boards, house_plant)
