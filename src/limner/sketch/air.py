"""The air decides every colour outdoors: far things fade into it, and night lies over all."""

from dataclasses import dataclass
from random import Random

from limner.sketch.colours import Colour, from_hue, hue_of, luminance, mix, named
from limner.sketch.scene import Scene, Time
from limner.sketch.sprite import Lighting

SKIES: dict[Time, tuple[tuple[Colour, ...], ...]] = {
    "day": (
        ((84, 162, 226), (142, 204, 240), (214, 238, 246), (250, 246, 226)),
        ((64, 148, 214), (124, 200, 228), (206, 240, 236), (255, 244, 214)),
        ((104, 170, 232), (172, 212, 244), (232, 238, 248), (255, 238, 224)),
    ),
    "sunset": (
        ((74, 54, 124), (176, 84, 136), (244, 134, 106), (255, 196, 118), (255, 226, 150)),
        ((58, 66, 138), (140, 92, 158), (238, 128, 128), (255, 178, 112), (255, 220, 160)),
        ((96, 48, 104), (206, 78, 98), (250, 138, 82), (255, 196, 96), (255, 232, 164)),
    ),
    "dawn": (
        ((108, 138, 206), (176, 172, 224), (244, 190, 204), (255, 220, 190), (255, 242, 214)),
        ((92, 150, 200), (172, 196, 224), (252, 204, 196), (255, 232, 196)),
    ),
    "night": (
        ((10, 14, 44), (24, 30, 82), (52, 58, 124), (98, 94, 164)),
        ((8, 18, 42), (16, 44, 84), (38, 84, 124), (84, 136, 160)),
        ((16, 10, 46), (44, 24, 88), (84, 50, 128), (148, 92, 160)),
    ),
}
SYNTHWAVE: tuple[Colour, ...] = ((14, 8, 46), (58, 18, 104), (152, 32, 142), (255, 92, 160))

GROUND_TINT: dict[Time, Colour] = {
    "day": (255, 255, 255),
    "dawn": (252, 232, 232),
    "sunset": (246, 198, 190),
    "night": (92, 104, 176),
}
SNOW: dict[Time, Colour] = {
    "day": (242, 247, 255),
    "dawn": (246, 234, 244),
    "sunset": (226, 206, 234),
    "night": (126, 144, 206),
}
THING_TINT: dict[Time, Colour] = {
    "day": (255, 255, 255),
    "dawn": (255, 244, 240),
    "sunset": (255, 236, 224),
    "night": (198, 204, 244),
}


@dataclass(frozen=True, slots=True)
class Air:
    time: Time
    stops: tuple[Colour, ...]
    weather: frozenset[str]
    season: str | None
    tint: Colour
    lighting: Lighting
    place_colour: Colour | None

    @property
    def haze(self) -> Colour:
        return self.stops[-1]

    @property
    def mist(self) -> Colour:
        """What far land fades into: at sunset it is rosier than the sky right above it."""
        share = 0.5 if self.time in ("sunset", "dawn") else 0.0
        return mix(self.haze, self.stops[1], share)

    @property
    def snow(self) -> Colour:
        return SNOW[self.time]

    @property
    def dark(self) -> bool:
        return self.time == "night"

    @property
    def snowy(self) -> bool:
        return "snow" in self.weather

    def seen(self, colour: Colour, far: float = 0.0) -> Colour:
        """A colour as it looks outdoors, `far` from 0 (here) to 1 (lost in the haze)."""
        return self._faded(self._tinted(colour), far)

    def _tinted(self, colour: Colour) -> Colour:
        red, green, blue = (
            round(channel * tint / 255) for channel, tint in zip(colour, self.tint, strict=True)
        )
        return red, green, blue

    def _faded(self, colour: Colour, far: float) -> Colour:
        fade = far + (1 - far) * 0.35 * far if "fog" in self.weather else far
        return mix(colour, self.mist, min(0.94, fade))

    def ground(self, colour: Colour, far: float = 0.0, snow: float = 0.86) -> Colour:
        """As `seen`, for soil and grass: snow lies on it, and the asked colour dyes it."""
        dyed = colour
        if self.place_colour is not None:
            dyed = mix(colour, self.place_colour, 0.68)
        if self.season == "autumn":
            dyed = mix(dyed, (214, 142, 58), 0.5)
        elif self.season == "spring":
            dyed = mix(dyed, (170, 212, 120), 0.4)
        seen = self._tinted(dyed)
        return self._faded(mix(seen, self.snow, snow) if self.snowy else seen, far)

    def foliage(self, colour: Colour, far: float = 0.0) -> Colour:
        """As `ground`, for trees, which keep some of their green under the snow."""
        if self.season == "autumn":
            colour = mix(colour, (226, 112, 42), 0.75)
        elif self.season == "spring":
            colour = mix(colour, (246, 168, 196), 0.6)
        return self.ground(colour, far, snow=0.14)


def air_of(scene: Scene, rng: Random) -> Air:
    time = time_of(scene)
    stops = rng.choice(SKIES[time])
    if "neon" in scene.styles:
        stops = SYNTHWAVE
    if scene.sky_colour is not None:
        stops = _dyed(named(scene.sky_colour), time)
    if scene.weather & {"rain", "fog"}:
        grey = (150, 160, 176) if time != "night" else (52, 60, 84)
        stops = tuple(mix(stop, grey, 0.6) for stop in stops)
    if "snow" in scene.weather and time == "day":
        stops = tuple(mix(stop, (198, 214, 234), 0.45) for stop in stops)
    rim = mix(stops[-1], (255, 255, 255), 0.4)
    lighting = Lighting(THING_TINT[time], time in ("night", "sunset"), rim)
    return Air(
        time=time,
        stops=stops,
        weather=scene.weather,
        season=scene.season,
        tint=GROUND_TINT[time],
        lighting=lighting,
        place_colour=None if scene.place_colour is None else named(scene.place_colour),
    )


def time_of(scene: Scene) -> Time:
    """The time that is asked for, or the one in which what is asked for can be seen."""
    if scene.time is not None:
        return scene.time
    bodies = {body.kind for body in scene.sky}
    by_night = {"moon", "crescent", "stars", "aurora"}
    dark = scene.styles & {"dark", "neon"}
    return "night" if dark or (bodies & by_night and "sun" not in bodies) else "day"


def _dyed(colour: Colour, time: Time) -> tuple[Colour, ...]:
    low = 0.1 if time == "night" else 0.0
    dark = mix(colour, (10, 10, 40), 0.75 if time == "night" else 0.18)
    hue = hue_of(colour)
    glow = from_hue(hue + 0.04, 0.86 - low * 4, 0.7) if luminance(colour) > 0.1 else colour
    return dark, mix(dark, glow, 0.35), mix(dark, glow, 0.7), glow
