"""A dashboard is a lit slab in isometric space, with two panes of glass standing at its back."""

import math

from limner.sketch.colours import INK, WHITE, Colour, Tones, from_hue, hue_of, mix
from limner.sketch.curves import Point
from limner.sketch.pen import Pen
from limner.sketch.slabs import Pane, Slab

GLASS: Colour = (15, 17, 36)
CARD: Colour = (32, 36, 68)
FAINT: Colour = (88, 96, 150)
PALE: Colour = (196, 204, 240)


def dashboard(pen: Pen, tones: Tones) -> None:
    accent = tones.second
    other = from_hue(hue_of(accent) + 0.17, 0.62, 0.9)
    third = from_hue(hue_of(accent) + 0.42, 0.66, 0.85)
    base = Slab(pen, -0.02, -0.23, 0.99, 0.95)
    body = mix(tones.main, (12, 12, 30), 0.7)
    _pedestal(base, body, accent)
    _code_pane(pen, accent, other, third)
    _signal_pane(pen, accent, other)
    _header(base, accent)
    _side_bar(base, accent)
    _figures(base, accent, other, third)
    _area_chart(base, accent, other)
    _ring_chart(base, accent, other, third)
    _towers(base, accent, other)
    _log(base, accent, other, third)


def _pedestal(base: Slab, body: Colour, accent: Colour) -> None:
    """Three layers, the lowest of them an outline of light."""
    rim = [(-0.06, -0.06), (1.06, -0.06), (1.06, 1.06), (-0.06, 1.06), (-0.06, -0.06)]
    base.path(rim, 0.008, mix(accent, GLASS, 0.35), -0.2)
    base.block(-0.03, -0.03, 1.03, 1.03, -0.15, -0.09, mix(body, INK, 0.3))
    base.path([(-0.03, 1.03), (1.03, 1.03), (1.03, -0.03)], 0.007, mix(accent, GLASS, 0.2), -0.09)
    base.block(0, 0, 1, 1, -0.06, 0.0, mix(body, FAINT, 0.28))
    base.tile(0.012, 0.012, 0.988, 0.988, GLASS)
    base.path([(0, 1), (1, 1), (1, 0)], 0.009, accent)
    base.path([(1, 0), (0, 0), (0, 1)], 0.006, mix(accent, GLASS, 0.45))
    base.pen.lamp(0, 0.36, 1.25, mix(accent, (60, 80, 200), 0.25))


def _header(base: Slab, accent: Colour) -> None:
    base.tile(0.03, 0.03, 0.97, 0.1, CARD)
    for index, colour in enumerate(((255, 98, 92), (255, 196, 72), (80, 220, 120))):
        base.disc(0.065 + index * 0.04, 0.065, 0.013, colour)
    base.text("DEV", 0.21, 0.048, 0.034, PALE)
    base.tile(0.4, 0.044, 0.72, 0.086, mix(CARD, FAINT, 0.3))
    base.tile(0.42, 0.06, 0.53, 0.07, mix(FAINT, PALE, 0.3))
    base.disc(0.86, 0.065, 0.015, FAINT)
    base.disc(0.93, 0.065, 0.022, accent)
    base.disc(0.93, 0.065, 0.012, GLASS)


def _side_bar(base: Slab, accent: Colour) -> None:
    base.tile(0.03, 0.125, 0.165, 0.97, mix(GLASS, CARD, 0.62))
    for index in range(7):
        v = 0.19 + index * 0.105
        chosen = index == 1
        ink = accent if chosen else FAINT
        if chosen:
            base.tile(0.03, v - 0.042, 0.165, v + 0.042, mix(CARD, accent, 0.24))
            base.tile(0.03, v - 0.042, 0.038, v + 0.042, accent)
        base.tile(0.055, v - 0.017, 0.085, v + 0.013, ink)
        base.tile(0.1, v - 0.009, 0.15 - index % 3 * 0.012, v + 0.007, ink)


def _card(base: Slab, left: float, top: float, right: float, low: float) -> None:
    """A raised plate with a lighter rim toward the light."""
    base.block(left, top, right, low, 0.0, 0.022, CARD)
    base.path([(left, low), (left, top), (right, top)], 0.004, mix(CARD, FAINT, 0.75), 0.022)


def _figures(base: Slab, accent: Colour, other: Colour, third: Colour) -> None:
    """Four numbers that are doing well, each with its small curve."""
    for index, (figure, colour) in enumerate(
        (("99.9%", accent), ("128K", other), ("42", third), ("+8%", accent))
    ):
        left = 0.195 + index * 0.196
        _card(base, left, 0.13, left + 0.18, 0.27)
        base.tile(left + 0.016, 0.15, left + 0.08, 0.158, FAINT, 0.022)
        base.text(figure, left + 0.016, 0.175, 0.03, WHITE, 0.022)
        curve = [
            (
                left + 0.016 + step * 0.0185,
                0.243 - 0.013 * math.sin(step * 1.5 + index * 2) * step / 8,
            )
            for step in range(9)
        ]
        base.path(curve, 0.007, colour, 0.022)


def _area_chart(base: Slab, accent: Colour, other: Colour) -> None:
    _card(base, 0.195, 0.3, 0.66, 0.65)
    up = 0.022
    for row in range(5):
        v = 0.37 + row * 0.058
        base.path([(0.225, v), (0.64, v)], 0.003, mix(CARD, FAINT, 0.4), up)
    base.tile(0.225, 0.32, 0.33, 0.334, PALE, up)
    steps = [step / 48 for step in range(49)]
    tall = [0.05 + 0.13 * t + 0.035 * math.sin(t * 13) + 0.016 * math.sin(t * 31) for t in steps]
    line = [(0.225 + t * 0.415, 0.605 - high) for t, high in zip(steps, tall, strict=True)]
    for depth in range(7):
        share = depth / 7
        lower = [(u, v + (0.605 - v) * (share + 1 / 7)) for u, v in line]
        upper = [(u, v + (0.605 - v) * share) for u, v in line]
        colour = mix(mix(CARD, accent, 0.5), CARD, share)
        base.pen.poly([base.at(u, v, up) for u, v in [*upper, *reversed(lower)]], colour)
    second = [(u, 0.595 - (0.6 - v) * 0.42 - 0.012 * math.sin(u * 40)) for u, v in line]
    base.path(second, 0.009, other, up)
    base.path(line, 0.015, accent, up)
    u, v = line[36]
    base.path([(u, v), (u, 0.605)], 0.004, mix(accent, CARD, 0.4), up)
    base.pen.disc(*base.at(u, v, up), 0.024, accent)
    base.pen.disc(*base.at(u, v, up), 0.013, WHITE)
    base.block(u - 0.05, v - 0.105, u + 0.07, v - 0.045, 0.05, 0.062, mix(CARD, FAINT, 0.5))
    base.text("1.2K", u - 0.035, v - 0.09, 0.028, WHITE, 0.062)
    base.pen.lamp(*base.at(0.5, 0.5), 0.5, accent)


def _ring_chart(base: Slab, accent: Colour, other: Colour, third: Colour) -> None:
    _card(base, 0.685, 0.3, 0.967, 0.65)
    up = 0.022
    base.tile(0.71, 0.32, 0.8, 0.334, PALE, up)
    for share, colour in ((1.0, FAINT), (0.92, third), (0.76, other), (0.52, accent)):
        base.disc(0.826, 0.465, 0.098, colour, share, up)
    base.disc(0.826, 0.465, 0.062, CARD, 1.0, up)
    base.text("76", 0.798, 0.445, 0.042, WHITE, up)
    for index, colour in enumerate((accent, other, third)):
        u = 0.715 + index * 0.085
        base.disc(u, 0.613, 0.011, colour, 1.0, up)
        base.tile(u + 0.018, 0.607, u + 0.052, 0.618, FAINT, up)


def _towers(base: Slab, accent: Colour, other: Colour) -> None:
    """Bars that really stand on their card."""
    _card(base, 0.195, 0.68, 0.535, 0.967)
    for row in range(2):
        for index, high in enumerate(
            ((0.07, 0.12, 0.09, 0.17, 0.13), (0.03, 0.06, 0.04, 0.09, 0.06))[row]
        ):
            u, v = 0.228 + index * 0.06, 0.745 + row * 0.105
            colour = accent if row == 0 else other
            base.block(u, v, u + 0.04, v + 0.05, 0.022, 0.022 + high, colour)
    base.pen.lamp(*base.at(0.36, 0.76, 0.1), 0.34, accent)


def _log(base: Slab, accent: Colour, other: Colour, third: Colour) -> None:
    """Lines of a log, the newest of them bright."""
    _card(base, 0.56, 0.68, 0.967, 0.967)
    up = 0.022
    for row in range(7):
        v = 0.708 + row * 0.036
        mark = (accent, other, accent, third, accent, accent, other)[row]
        base.disc(0.585, v + 0.006, 0.009, mark, 1.0, up)
        base.tile(0.607, v, 0.665, v + 0.012, mix(FAINT, PALE, 0.2), up)
        end = 0.7 + (0.21, 0.12, 0.24, 0.16, 0.08, 0.19, 0.14)[row]
        base.tile(0.682, v, end, v + 0.012, mix(PALE, CARD, 0.25) if row % 2 else mark, up)


def _code_pane(pen: Pen, accent: Colour, other: Colour, third: Colour) -> None:
    """An editor on the right, with indented lines in three colours."""
    pane = Pane(pen, 0.08, -0.93, 0.86, 0.6, right=True)
    _glass(pane, accent)
    rows: tuple[tuple[float, tuple[tuple[float, Colour], ...]], ...] = (
        (0.0, ((0.14, third), (0.2, other), (0.1, PALE))),
        (0.06, ((0.16, accent), (0.36, PALE))),
        (0.12, ((0.1, other), (0.22, accent), (0.26, FAINT))),
        (0.12, ((0.3, PALE), (0.14, third))),
        (0.18, ((0.1, accent), (0.42, FAINT))),
        (0.12, ((0.24, other), (0.12, PALE))),
        (0.06, ((0.09, third), (0.34, accent), (0.16, PALE))),
        (0.0, ((0.12, PALE),)),
    )
    for row, (indent, words) in enumerate(rows):
        v, u = 0.22 + row * 0.09, 0.13 + indent
        pane.tile(0.055, v, 0.085, v + 0.034, mix(GLASS, FAINT, 0.7))
        for wide, colour in words:
            pane.tile(u, v, u + wide, v + 0.036, colour)
            u += wide + 0.03
    pane.tile(0.25, 0.85, 0.275, 0.92, accent)
    pen.lamp(0.5, -0.5, 0.5, mix(accent, (60, 80, 220), 0.5))


def _signal_pane(pen: Pen, accent: Colour, other: Colour) -> None:
    """A monitor on the left that shows a pulse."""
    pane = Pane(pen, -0.9, -0.5, 0.82, 0.54, right=False)
    _glass(pane, accent)
    for row in range(5):
        pane.path(
            [(0.06, 0.26 + row * 0.15), (0.94, 0.26 + row * 0.15)], 0.003, mix(GLASS, FAINT, 0.5)
        )
    for column in range(9):
        u = 0.1 + column * 0.1
        pane.path([(u, 0.2), (u, 0.9)], 0.003, mix(GLASS, FAINT, 0.35))
    beat = [(0.06, 0.6), (0.2, 0.6), (0.25, 0.5), (0.3, 0.66), (0.36, 0.26), (0.43, 0.84)]
    beat += [(0.49, 0.52), (0.54, 0.6), (0.66, 0.6), (0.72, 0.42), (0.79, 0.7), (0.84, 0.58)]
    pane.path([*beat, (0.94, 0.58)], 0.016, accent)
    swell: list[Point] = [
        (0.06 + 0.88 * step / 30, 0.8 - 0.05 * math.sin(step / 3.2)) for step in range(31)
    ]
    pane.path(swell, 0.008, other)
    pen.disc(*pane.at(0.94, 0.58), 0.02, WHITE)
    pen.lamp(-0.58, -0.4, 0.45, accent)


def _glass(pane: Pane, accent: Colour) -> None:
    """A pane with a title bar, lit along its edges."""
    edge = mix(accent, GLASS, 0.55)
    pane.tile(-0.012, 0.012, 0.988, 1.016, mix(edge, INK, 0.5), 0.02)
    pane.tile(0, 0, 1, 1, mix(GLASS, CARD, 0.45))
    pane.tile(0, 0, 1, 0.12, CARD)
    for index, colour in enumerate(((255, 98, 92), (255, 196, 72), (80, 220, 120))):
        pane.pen.disc(*pane.at(0.05 + index * 0.045, 0.062), 0.0135, colour)
    pane.path([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)], 0.006, mix(accent, GLASS, 0.15))
