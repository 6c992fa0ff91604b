"""From a note to samples, with nothing but lists: a cycle is looked up, an envelope laid over it.

What a list comprehension or `itertools` does to a whole note at once costs little; nothing here
walks through samples one by one in plain loops.
"""

import math
from functools import lru_cache
from itertools import accumulate, chain, pairwise, repeat
from operator import mul
from random import Random

from limner.tune.timbres import TIMBRES, Layer

RATE = 44_100
CYCLE = 2048
MASK = CYCLE - 1
BRIGHTEST = 14_000.0
"""Hz: partials above are left out, before they fold back as false tones."""
VIBRATO_HZ = 5.2
VIBRATO_AFTER_S = 0.22

Samples = list[float]


def note(player: str, pitch: int, count: int) -> Samples:
    """A note of about `count` samples and its dying away, at full strength."""
    layers = [layered(layer, pitch, count) for layer in TIMBRES[player]]
    whole = [0.0] * max(map(len, layers))
    for layer in layers:
        whole[: len(layer)] = [a + b for a, b in zip(whole, layer, strict=False)]
    return whole


def layered(layer: Layer, pitch: int, count: int) -> Samples:
    hertz = 440.0 * 2 ** ((pitch - 69 + layer.cents / 100) / 12)
    shape = envelope(layer, count)
    wave = table(layer.partials, sum(hertz * n < BRIGHTEST for n in range(1, 17)))
    phases = accumulate(steps(layer, hertz, len(shape)))
    return [wave[int(phase) & MASK] * level for phase, level in zip(phases, shape, strict=True)]


def steps(layer: Layer, hertz: float, count: int) -> list[float]:
    """How far each sample moves through the cycle."""
    step = hertz * CYCLE / RATE
    still = min(count, int(VIBRATO_AFTER_S * RATE))
    if not layer.vibrato or still == count:
        return [step] * count
    depth = step * (2 ** (layer.vibrato / 1200) - 1)
    turn = 2 * math.pi * VIBRATO_HZ / RATE
    return [step] * still + [step + depth * math.sin(turn * at) for at in range(count - still)]


@lru_cache(maxsize=64)
def table(partials: tuple[float, ...], most: int) -> Samples:
    """One cycle, with its loudest point at 1."""
    turn = 2 * math.pi / CYCLE
    heard = [(n, strength) for n, strength in enumerate(partials[: max(1, most)], 1) if strength]
    cycle = [sum(s * math.sin(turn * n * at) for n, s in heard) for at in range(CYCLE)]
    peak = max(map(abs, cycle)) or 1.0
    return [value / peak for value in cycle]


def envelope(layer: Layer, count: int) -> Samples:
    attack = min(count, max(1, int(layer.attack * RATE)))
    rise = [layer.gain * at / attack for at in range(attack)]
    held = count - attack
    fall = 1.0 if layer.half_life is None else 0.5 ** (1 / (layer.half_life * RATE))
    body = list(accumulate(repeat(fall, held), mul, initial=layer.gain))
    release = max(1, int(layer.release * RATE))
    ended = [body[-1] * (1 - at / release) ** 2 for at in range(release)]
    return [*rise, *body, *ended]


@lru_cache(maxsize=16)
def drum(name: str) -> Samples:
    return DRUMS[name]()


def swept(start: float, end: float, half_life: float, seconds: float) -> Samples:
    """A tone that falls in pitch and strength: a struck skin."""
    count = int(seconds * RATE)
    turn = 2 * math.pi / RATE
    falling = accumulate(repeat(0.5 ** (1 / (0.018 * RATE)), count - 1), mul, initial=start - end)
    phases = accumulate(turn * (end + more) for more in falling)
    return [math.sin(p) * level for p, level in zip(phases, decay(half_life, count), strict=True)]


def noise(half_life: float, seconds: float, *, sharp: bool) -> Samples:
    """Hiss that dies away; a sharp one has lost its low end."""
    count = int(seconds * RATE)
    chance = Random(count)
    hiss = [chance.uniform(-1, 1) for _ in range(count + 1)]
    if sharp:
        hiss = [(b - a) * 0.5 for a, b in pairwise(hiss)]
    return [a * level for a, level in zip(hiss, decay(half_life, count), strict=False)]


def decay(half_life: float, count: int) -> Samples:
    fall = 0.5 ** (1 / (half_life * RATE))
    tail = min(count, RATE // 100)
    falling = list(accumulate(repeat(fall, count - 1), mul, initial=1.0))
    falling[-tail:] = [value * (1 - at / tail) for at, value in enumerate(falling[-tail:])]
    return falling


def kick() -> Samples:
    return swept(150, 48, 0.07, 0.4)


def tom() -> Samples:
    return swept(190, 95, 0.07, 0.4)


def snare() -> Samples:
    skin = swept(240, 175, 0.035, 0.25)
    rattle = noise(0.045, 0.25, sharp=False)
    return [0.5 * a + 0.55 * b for a, b in zip(skin, rattle, strict=True)]


def hat() -> Samples:
    return [0.4 * value for value in noise(0.014, 0.09, sharp=True)]


def crash() -> Samples:
    return [0.6 * value for value in noise(0.3, 1.5, sharp=True)]


DRUMS = {"kick": kick, "tom": tom, "snare": snare, "hat": hat, "crash": crash}


def chime() -> Samples:
    """Two soft bells, a fifth apart, the louder of them at full strength."""
    low, high = note("bells", 88, RATE // 10), note("bells", 95, RATE // 10)
    gap = [0.0] * (RATE // 9)
    both = [a + b for a, b in zip(chain(low, gap), chain(gap, high), strict=True)]
    peak = max(map(abs, both))
    return [value / peak for value in both]
