"""The reader remembers which modifiers and which relation still wait for a noun."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from limner.sketch.scene import Across, Down, Relate, Relation, Scene, Size, Thing, Time
from limner.sketch.traits import TRAITS
from limner.sketch.words import FILLER, Meaning

MOST_THINGS = 12
PLURAL = 3
CARRIERS = frozenset(("table", "sofa", "chair"))
"""What a whole list of things can be on: "a cat and a dog on a sofa"."""


@dataclass(slots=True)
class Waiting:
    """Modifiers that have been read and not yet given to a noun."""

    colours: list[str] = field(default_factory=list)
    shade: str = ""
    count: int | None = None
    size: Size = "normal"
    across: Across | None = None
    down: Down | None = None
    definite: bool = False
    negated: bool = False
    lost: bool = False

    @property
    def bare(self) -> bool:
        return not self.colours and self.count is None and self.size == "normal"

    def thing(self, meaning: Meaning) -> Thing:
        count = self.count or (PLURAL if meaning.plural else 1)
        return Thing(meaning.value, tuple(self.colours), count, self.size, self.across, self.down)


class Reading:
    """Takes one word after another; `scene()` is what has been understood so far."""

    def __init__(self) -> None:
        self._scene = Scene()
        self._things: list[Thing] = []
        self._sky: dict[str, Thing] = {}
        self._relations: list[Relation] = []
        self._unknown: dict[str, None] = {}
        self._waiting = Waiting()
        self._relation: Relate | None = None
        self._ends: list[int] = []
        self._last: int | None = None
        self._subject = "nothing"
        self._clause_is_new = True
        self._predicate = False
        self._listed: list[int] = []
        self._list_goes_on = False

    def take(self, word: str, meanings: tuple[Meaning, ...]) -> None:
        if not meanings:
            self._wonder(word)
        for meaning in meanings:
            if meaning.role not in ("colour", "shade"):
                self._settle_shade(meaning)
            ROLES[meaning.role](self, meaning)

    def scene(self) -> Scene:
        self._stop(Meaning("stop"))
        return replace(
            self._scene,
            things=tuple(self._things),
            relations=tuple(self._relations),
            sky=tuple(self._sky.values()),
            unknown=tuple(self._unknown),
        )

    def _wonder(self, word: str) -> None:
        if word.isascii() and word.isdigit():
            if len(word) <= 2:
                self._waiting.count = max(1, int(word))
        elif word not in FILLER and len(word) > 1 and not any(map(str.isdigit, word)):
            self._unknown.setdefault(word)
            self._waiting.lost = True

    def _colour(self, meaning: Meaning) -> None:
        colour = f"{self._waiting.shade} {meaning.value}".strip()
        self._waiting.shade = ""
        if not self._predicate:
            self._waiting.colours.append(colour)
        elif self._subject == "backdrop":
            self._scene = replace(self._scene, backdrop=colour)
        elif self._last is not None:
            self._recolour(self._last, (*self._things[self._last].colours, colour))

    def _recolour(self, index: int, colours: tuple[str, ...]) -> None:
        self._things[index] = replace(self._things[index], colours=colours)

    def _likeness(self, meaning: Meaning) -> None:
        self._waiting.colours = [meaning.value]

    def _shade(self, meaning: Meaning) -> None:
        self._waiting.shade = meaning.value

    def _settle_shade(self, following: Meaning) -> None:
        """A shade without a colour speaks about the whole picture."""
        shade, self._waiting.shade = self._waiting.shade, ""
        if shade == "neon":
            self._style(Meaning("style", "neon"))
        elif shade == "dark" and following.role in ("place", "theme"):
            self._style(Meaning("style", "dark"))

    def _number(self, meaning: Meaning) -> None:
        self._waiting.count = int(meaning.value)

    def _size(self, meaning: Meaning) -> None:
        self._waiting.size = cast("Size", meaning.value)

    def _thing(self, meaning: Meaning) -> None:
        if self._is_refused():
            return
        known = [index for index, thing in enumerate(self._things) if thing.kind == meaning.value]
        if known and self._waiting.definite and self._waiting.bare:
            self._met(known[-1])
        else:
            room = MOST_THINGS - sum(thing.count for thing in self._things)
            if room < 1:
                self._waiting = Waiting()
                return
            thing = self._waiting.thing(meaning)
            self._things.append(replace(thing, count=min(thing.count, room)))
            self._met(len(self._things) - 1)

    def _met(self, index: int) -> None:
        """The sentence has arrived at a thing: whatever waited for one is given to it."""
        self._waiting = Waiting()
        self._last, self._subject = index, "thing"
        if self._relation is None:
            self._listed = [*self._listed, index] if self._list_goes_on else [index]
        self._list_goes_on = False
        self._clause_is_new = self._predicate = False
        if self._relation is None or index in self._ends:
            return
        self._ends.append(index)
        a_pair = self._things[index].count > 1
        if self._relation == "between" and len(self._ends) < 3 and not a_pair:
            return
        subject, target, *others = self._ends
        if self._relation == "held":
            subject, target = target, subject
        other = others[0] if others else None
        self._relations.append(Relation(self._relation, subject, target, other))
        if self._relation == "on" and self._things[target].kind in CARRIERS:
            self._relations += (
                Relation("on", listed, target) for listed in self._listed[:-1] if listed != target
            )
        self._relation = None

    def _sky_body(self, meaning: Meaning) -> None:
        waiting = self._waiting
        if meaning.value == "moon" and self._relation in ("on", "in") and self._ends:
            self._place(Meaning("place", "moon"))
            return
        drawn = waiting.colours or (waiting.count is not None and waiting.count < 7)
        if meaning.value == "stars" and drawn:
            self._thing(Meaning("thing", "star", plural=True))
        elif not self._is_refused():
            body = waiting.thing(meaning)
            self._sky[body.kind] = body
            self._leave_nouns()

    def _place(self, meaning: Meaning) -> None:
        if self._is_refused():
            return
        scene, colours = self._scene, self._waiting.colours
        if scene.place is None or (scene.place == "sky" and meaning.value != "sky"):
            swims = self._relation == "in" and self._swimmer()
            place = "underwater" if meaning.value == "sea" and swims else meaning.value
            self._scene = replace(scene, place=place)
        if colours and meaning.value == "sky":
            self._scene = replace(self._scene, sky_colour=colours[-1])
        elif colours:
            self._scene = replace(self._scene, place_colour=colours[-1])
        if self._relation == "above" and self._ends:
            self._put(self._ends[0], None, "top")
        self._leave_nouns()

    def _swimmer(self) -> bool:
        return bool(self._ends) and self._things[self._ends[0]].kind in ("fish", "whale", "turtle")

    def _is_refused(self) -> bool:
        """ "No clouds": the noun is read, and nothing comes of it."""
        refused = self._waiting.negated
        if refused:
            self._waiting = Waiting(negated=True)
        return refused

    def _leave_nouns(self) -> None:
        self._waiting = Waiting()
        self._relation, self._ends = None, []
        self._last, self._subject, self._predicate = None, "scenery", False

    def _time(self, meaning: Meaning) -> None:
        if self._scene.time is None:
            self._scene = replace(self._scene, time=cast("Time", meaning.value))

    def _weather(self, meaning: Meaning) -> None:
        if not self._waiting.negated:
            weather = self._scene.weather | {meaning.value}
            self._scene = replace(self._scene, weather=weather)

    def _style(self, meaning: Meaning) -> None:
        self._scene = replace(self._scene, styles=self._scene.styles | {meaning.value})

    def _season(self, meaning: Meaning) -> None:
        self._scene = replace(self._scene, season=meaning.value)

    def _across(self, meaning: Meaning) -> None:
        self._position(cast("Across", meaning.value), None)

    def _down(self, meaning: Meaning) -> None:
        self._position(None, cast("Down", meaning.value))

    def _position(self, across: Across | None, down: Down | None) -> None:
        self._relation, self._ends = None, []
        if self._last is not None and not self._clause_is_new and self._waiting.bare:
            self._put(self._last, across, down)
        else:
            self._waiting.across = across or self._waiting.across
            self._waiting.down = down or self._waiting.down

    def _put(self, index: int, across: Across | None, down: Down | None) -> None:
        thing = self._things[index]
        self._things[index] = replace(thing, across=across or thing.across, down=down or thing.down)

    def _relate(self, meaning: Meaning) -> None:
        self._forget_the_lost()
        self._relation, self._ends = None, []
        if self._last is not None:
            self._relation, self._ends = cast("Relate", meaning.value), [self._last]
        elif meaning.value in ("left", "right"):
            self._waiting.across = cast("Across", meaning.value)

    def _backdrop(self, meaning: Meaning) -> None:
        colours = self._waiting.colours
        if colours:
            self._scene = replace(self._scene, backdrop=colours[-1])
        self._leave_nouns()
        self._subject = "backdrop"

    def _accent(self, meaning: Meaning) -> None:
        if self._waiting.colours:
            self._scene = replace(self._scene, accent=self._waiting.colours[-1])
            self._waiting = Waiting()

    def _part(self, meaning: Meaning) -> None:
        """ "With a red roof" is the second colour of the house before it."""
        colours, self._waiting = self._waiting.colours, Waiting()
        if colours and self._last is not None:
            thing = self._things[self._last]
            main = thing.colours or (TRAITS[thing.kind].colour,)
            self._recolour(self._last, (main[0], colours[-1]))

    def _is(self, meaning: Meaning) -> None:
        self._forget_the_lost()
        self._predicate = self._last is not None or self._subject == "backdrop"

    def _not(self, meaning: Meaning) -> None:
        self._waiting = Waiting(negated=True)

    def _frame(self, meaning: Meaning) -> None:
        """ "Left of the picture" is a position, "left of the house" is a relation."""
        relation, ends = self._relation, self._ends
        self._relation, self._ends = None, []
        if relation in ("left", "right") and ends:
            self._put(ends[0], "left" if relation == "left" else "right", None)

    def _article(self, meaning: Meaning) -> None:
        self._predicate = False
        self._waiting.definite = meaning.role == "the"

    def _comma(self, meaning: Meaning) -> None:
        self._forget_the_lost()
        self._clause_is_new, self._waiting.negated = True, False
        self._list_goes_on = True

    def _and(self, meaning: Meaning) -> None:
        self._forget_the_lost()
        self._clause_is_new = self._list_goes_on = True

    def _stop(self, meaning: Meaning) -> None:
        self._comma(meaning)
        waiting, self._waiting = self._waiting, Waiting()
        self._settle_shade(meaning)
        if waiting.shade == "neon":
            self._style(Meaning("style", "neon"))
        if self._subject == "backdrop" and waiting.colours and self._scene.backdrop is None:
            self._scene = replace(self._scene, backdrop=waiting.colours[-1])
        elif self._last is not None:
            thing = self._things[self._last]
            self._recolour(self._last, thing.colours or tuple(waiting.colours))
            self._put(self._last, waiting.across, waiting.down)
        self._relation, self._ends = None, []
        self._predicate = self._list_goes_on = False

    def _forget_the_lost(self) -> None:
        """Modifiers of a noun that is not known must not stick to the next one."""
        if self._waiting.lost:
            self._waiting = Waiting(negated=self._waiting.negated)

    def _theme(self, meaning: Meaning) -> None:
        self._waiting = Waiting()


Take: TypeAlias = Callable[[Reading, Meaning], None]

ROLES: dict[str, Take] = {
    "colour": Reading._colour,
    "likeness": Reading._likeness,
    "shade": Reading._shade,
    "number": Reading._number,
    "size": Reading._size,
    "thing": Reading._thing,
    "sky": Reading._sky_body,
    "place": Reading._place,
    "time": Reading._time,
    "weather": Reading._weather,
    "style": Reading._style,
    "season": Reading._season,
    "across": Reading._across,
    "down": Reading._down,
    "relation": Reading._relate,
    "backdrop": Reading._backdrop,
    "accent": Reading._accent,
    "part": Reading._part,
    "is": Reading._is,
    "not": Reading._not,
    "frame": Reading._frame,
    "the": Reading._article,
    "a": Reading._article,
    "comma": Reading._comma,
    "and": Reading._and,
    "stop": Reading._stop,
    "theme": Reading._theme,
}
