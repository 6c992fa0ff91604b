"""One picture on the table: the steps of a retouching, each done where the wish asks for it."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import TypeAlias

from PIL import Image

from limner.sketch.air import air_of
from limner.sketch.canvas import Canvas
from limner.sketch.colours import named
from limner.sketch.draw import painted
from limner.sketch.drawing import Drawing
from limner.sketch.retouch.backdrop import NOT_PLAIN, cleared, with_backdrop
from limner.sketch.retouch.composing import inset, set_inside
from limner.sketch.retouch.effects import changed, tinted
from limner.sketch.retouch.mending import mended
from limner.sketch.retouch.painting import paint_inside, paint_things, things_of, washed
from limner.sketch.retouch.subject import subject_of
from limner.sketch.retouch.wishes import Wish
from limner.sketch.retouch.words import SCENIC
from limner.sketch.weather import paint_weather

Recolour: TypeAlias = Callable[[Image.Image], Image.Image]

HANDMADE = frozenset(("watercolour", "pencil", "oil", "posterise", "pixelate", "pastel", "neon"))
"""These come last, so that what was painted looks as if by the same hand."""
NO_MASK = "sketch removes only what a mask shows it; nothing was removed"
CLEAR_ALPHA = 8
"""A region whose mean alpha is below this is a hole in the picture itself."""


class Work:
    def __init__(
        self, image: Image.Image, wish: Wish, region: Image.Image | None, prompt: str, seed: int
    ) -> None:
        self.image, self.wish, self.region = image, wish, region
        self.prompt, self.seed = prompt, seed
        self.notes: list[str] = []
        self._dice = Random(f"{seed}/{prompt}/retouch")

    def carry_out(self, others: Sequence[Image.Image], *, clear: bool) -> None:
        """Everything the wish asks for, from the ground up."""
        self._clear_the_region(has_more=bool(others))
        self._tint()
        self._ground(clear=clear)
        self._change(handmade=False)
        self._compose(others)
        self._paint()
        self._weather()
        self._change(handmade=True)
        if self.wish.empty and not others and not clear:
            self._do_something()

    def _clear_the_region(self, *, has_more: bool) -> None:
        """What is to be replaced goes first, and its surroundings close over it."""
        if self.region is None:
            if self.wish.erases:
                self.notes.append(NO_MASK)
            return
        if self.wish.paints or self.wish.erases or has_more or self._is_a_hole(self.region):
            self.image = mended(self.image, self.region)

    def _is_a_hole(self, region: Image.Image) -> bool:
        if self.image.mode != "RGBA":
            return False
        counts = self.image.getchannel("A").histogram(region.point([0] * 128 + [255] * 128))
        total = sum(counts) or 1
        return sum(value * count for value, count in enumerate(counts)) / total < CLEAR_ALPHA

    def _tint(self) -> None:
        if self.wish.tint is None:
            return
        subject = subject_of(self.image) if self.region is None else None
        tint = named(self.wish.tint)
        if subject is None:
            self._recolour(lambda colours: tinted(colours, tint))
        else:
            self._recolour(lambda colours: Image.composite(tinted(colours, tint), colours, subject))

    def _ground(self, *, clear: bool) -> None:
        wish = self.wish
        if self.region is not None:
            if wish.scene.place is not None or wish.backdrop not in (None, "clear"):
                self._paint_scene(self.region)
            return
        if wish.backdrop is not None or wish.scene.place is not None:
            self.image, notes = with_backdrop(self.image, wish, self.prompt, self.seed)
            self.notes += notes
        elif clear and self.image.mode != "RGBA":
            subject = subject_of(self.image)
            if subject is None:
                self.notes.append(NOT_PLAIN)
            else:
                self.image = cleared(self.image, subject)

    def _paint_scene(self, region: Image.Image) -> None:
        """A whole scene, with everything in it, in the frame of the region."""
        left, top, right, low = region.getbbox() or (0, 0, 1, 1)
        asked = Drawing(self.prompt, max(16, right - left), max(16, low - top), self.seed)
        scene = painted(self.wish.scene, asked).image
        self.image = self.image.copy()
        self.image.paste(scene, (left, top))

    def _change(self, *, handmade: bool) -> None:
        """Colours of the whole; not twice where a new place brings its own weather and light."""
        for change in self.wish.changes:
            brought = change.name in SCENIC and self.wish.scene.place is not None
            if (change.name in HANDMADE) != handmade or brought:
                continue
            # Never less than was asked for: black and white must lose all its colour.
            amount = change.amount * self._dice.uniform(1.0, 1.14)
            self._recolour(partial(changed, name=change.name, amount=amount, dice=self._dice))

    def _compose(self, others: Sequence[Image.Image]) -> None:
        if not others:
            return
        if self.region is not None:
            self.image = set_inside(self.image, self.region, others[0])
        else:
            self.image = inset(self.image, others)

    def _paint(self) -> None:
        scene = things_of(self.wish.scene)
        if not scene.things:
            return
        if self.region is None:
            self.image = paint_things(self.image, scene, self.prompt, self.seed)
        elif self.wish.scene.place is None and self.wish.backdrop is None:
            self.image = paint_inside(self.image, self.region, scene, self.prompt, self.seed)

    def _weather(self) -> None:
        scene = self.wish.scene
        if not scene.weather or scene.place is not None:
            return
        dice = Random(f"{self.seed}/{self.prompt}/weather")

        def fall(colours: Image.Image) -> Image.Image:
            canvas = Canvas.over(colours.copy())
            paint_weather(canvas, air_of(scene, dice), dice)
            return canvas.image

        self._recolour(fall)

    def _do_something(self) -> None:
        """A prompt without a word we know must still be seen to have arrived."""
        if self.region is None:
            self._recolour(lambda colours: washed(colours, self.prompt, self.seed))
        else:
            self._paint_scene(self.region)

    def _recolour(self, change: Recolour) -> None:
        """Change the colours, never what is transparent."""
        alpha = self.image.getchannel("A") if self.image.mode == "RGBA" else None
        self.image = change(self.image.convert("RGB"))
        if alpha is not None:
            self.image = self.image.copy()
            self.image.putalpha(alpha)
