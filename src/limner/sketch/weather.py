"""Rain, snow and fog come last, between the picture and us."""

from random import Random

from limner.sketch.air import Air
from limner.sketch.canvas import Canvas
from limner.sketch.curves import Point, ring


def paint_weather(canvas: Canvas, air: Air, rng: Random) -> None:
    for name, fall in (("fog", fog), ("rain", rain), ("snow", snow)):
        if name in air.weather:
            fall(canvas, air, rng)


def _stretch(canvas: Canvas) -> float:
    return min(2.5, canvas.width * canvas.height / canvas.unit**2)


def snow(canvas: Canvas, air: Air, rng: Random) -> None:
    for count, size, opacity in ((90, 0.0028, 0.6), (46, 0.0052, 0.8), (14, 0.009, 0.9)):
        flakes: list[list[Point]] = []
        for _ in range(round(count * _stretch(canvas))):
            x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
            reach = canvas.unit * size * rng.uniform(0.7, 1.3)
            flakes.append(ring(x, y, reach, reach, max(10, min(40, round(reach * 3)))))
        canvas.shape(flakes, (255, 255, 255), opacity=opacity)


def rain(canvas: Canvas, air: Air, rng: Random) -> None:
    for count, long, opacity in ((110, 0.035, 0.28), (46, 0.06, 0.4)):
        drops: list[list[Point]] = []
        for _ in range(round(count * _stretch(canvas))):
            x, y = rng.uniform(0, canvas.width), rng.uniform(-0.05, 1) * canvas.height
            reach = canvas.unit * long * rng.uniform(0.7, 1.2)
            thin = canvas.unit * 0.0014
            foot = (x - reach * 0.22, y + reach)
            drops.append([(x, y), (foot[0] + thin, foot[1]), (foot[0] - thin, foot[1])])
        canvas.shape(drops, (226, 238, 255), opacity=opacity)


def fog(canvas: Canvas, air: Air, rng: Random) -> None:
    for _ in range(4):
        middle = canvas.height * rng.uniform(0.45, 0.95)
        tall = canvas.height * rng.uniform(0.08, 0.16)
        canvas.veil(middle - tall, middle, air.haze, 0.0, 0.34)
        canvas.veil(middle, middle + tall, air.haze, 0.34, 0.0)
