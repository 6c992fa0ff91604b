"""What a prompt asks to be done with a picture that is there already.

The grammar of sketch reads nouns; before it, phrases of retouching are taken out of the sentence.
"The cat" is taken to be in the picture, "a cat" is to be painted.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import takewhile

from limner.sketch.grammar import read, tokens
from limner.sketch.retouch import words as w
from limner.sketch.scene import Scene
from limner.sketch.words import LEXICON

CLEAR = "clear"
"""A background of nothing."""
MODIFIERS = frozenset(("colour", "shade", "size", "number"))
NOUNS = frozenset(("thing", "sky", "place"))
QUARTER = 90
NOTHING = Scene()


@dataclass(frozen=True, slots=True)
class Change:
    """Something done to the whole, from 0.5 (slightly) to 1.5 (very much)."""

    name: str
    amount: float = 1.0
    degrees: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """`tint` recolours what is there, `backdrop` is the colour behind it, `scene` is painted."""

    changes: tuple[Change, ...] = ()
    tint: str | None = None
    backdrop: str | None = None
    erases: bool = False
    scene: Scene = NOTHING

    @property
    def paints(self) -> bool:
        """Something is to be in the picture that was not there."""
        return bool(self.scene.things or self.scene.sky or self.scene.place or self.backdrop)

    @property
    def empty(self) -> bool:
        """Nothing in the prompt was understood."""
        return not (self.changes or self.tint or self.erases or self.paints)

    def amount(self, name: str) -> float:
        """How much of a change is wanted; 0 where it is not."""
        return max((one.amount for one in self.changes if one.name == name), default=0.0)


def wished(prompt: str) -> Wish:
    """Any text is a wish, though it may be an empty one."""
    clauses = list(clauses_of(tokens(prompt)))
    wish = wished_of(clauses, definite=False)
    if not wish.empty:
        return wish
    return wished_of(clauses, definite=True)


def unread(prompt: str) -> tuple[str, ...]:
    """Words that changed nothing, because nobody here knows them."""
    return wished(prompt).scene.unknown


def wished_of(clauses: Sequence[list[str]], *, definite: bool) -> Wish:
    wish = Wish()
    left: list[str] = []
    # What is said twice is done once, or a long prompt could keep a processor busy for minutes.
    wanted: dict[str, Change] = {}
    for clause in clauses:
        rest, changes = without_effects(clause)
        wanted |= {change.name: change for change in changes}
        rest, wish = without_backdrop(rest, wish)
        rest, wish = without_tint(rest, wish)
        if any(word in w.ERASERS for word in rest):
            wish, rest = replace(wish, erases=True), []
        left += [*(rest if definite else without_known(rest)), ","]
    scene = read(" ".join(word for word in left if word not in w.IDLE))
    return replace(
        wish,
        changes=tuple(wanted.values()),
        backdrop=wish.backdrop or scene.backdrop,
        scene=scene,
    )


def clauses_of(said: Sequence[str]) -> Iterator[list[str]]:
    """Parts of a sentence, each with a verb of its own; those that ask for nothing are left out."""
    clause: list[str] = []
    verbs = w.ADDERS | w.CHANGERS | w.ERASERS | w.KEEPERS | {"replace", "swap"}
    for index, word in enumerate(said):
        following = said[index + 1 : index + 2]
        new_verb = word in ("and", "then", "but") and following and following[0] in verbs
        if word in w.STOPS or new_verb:
            if clause and clause[0] not in w.KEEPERS:
                yield clause
            clause = []
        else:
            clause.append(word)
    if clause and clause[0] not in w.KEEPERS:
        yield clause


def without_effects(clause: Sequence[str]) -> tuple[list[str], list[Change]]:
    """The clause without the phrases that name a change, and the changes."""
    rest: list[str] = []
    changes: list[Change] = []
    index = 0
    while index < len(clause):
        phrase = longest_phrase(clause, index)
        end = index + phrase.count(" ") + 1
        name = w.PHRASES.get(phrase)
        if name is None or (name not in w.SCENIC and describes(clause[end : end + 1])):
            rest.append(clause[index])
            index += 1
            continue
        changes.append(Change(name, amount_at(clause, index, end), degrees_of(clause, name)))
        if name in w.SCENIC:
            rest += clause[index:end]
        index = end
    return rest, changes


def longest_phrase(clause: Sequence[str], index: int) -> str:
    for count in range(min(w.LONGEST, len(clause) - index), 1, -1):
        phrase = " ".join(clause[index : index + count])
        if phrase in w.PHRASES:
            return phrase
    return clause[index]


def describes(following: Sequence[str]) -> bool:
    """Whether a word is an adjective of the next one, as in "bright red" and "vintage car"."""
    return any(roles(word) & {"colour", "shade", "thing", "sky"} for word in following)


def amount_at(clause: Sequence[str], start: int, end: int) -> float:
    before = takewhile(joins_not, reversed(clause[max(0, start - 3) : start]))
    near = {*before, *takewhile(joins_not, clause[end : end + 2])}
    if near & w.LESS:
        return 0.5
    return 1.5 if near & w.MORE else 1.0


def joins_not(word: str) -> bool:
    return word not in ("and", "then", "but")


def degrees_of(clause: Sequence[str], name: str) -> int:
    """Clockwise."""
    if name != "rotate":
        return 0
    numbers = [int(word) for word in clause if word.isdecimal() and len(word) <= 3]
    degrees = numbers[0] if numbers else QUARTER
    back = {"left", "counterclockwise", "anticlockwise", "counter"} & set(clause)
    return -degrees if back else degrees


def without_backdrop(clause: list[str], wish: Wish) -> tuple[list[str], Wish]:
    """ "Replace the background with a beach" keeps the beach, for sketch to read."""
    said = set(clause)
    if not said & w.BACKDROPS:
        return clause, wish
    if said & (w.CLEAR | w.ERASERS):
        return [], replace(wish, backdrop=CLEAR)
    replaced = said & (w.CHANGERS | {"replace", "swap", "set"})
    elsewhere = any("place" in roles(word) for word in clause)
    if replaced and not elsewhere and (colour := last_colour(clause)):
        return [], replace(wish, backdrop=colour)
    if replaced:
        return [word for word in clause if word not in w.BACKDROPS], wish
    return clause, wish


def without_tint(clause: list[str], wish: Wish) -> tuple[list[str], Wish]:
    """ "Make the car blue" is a tint, "a blue car" is not."""
    bare = not any(roles(word) & NOUNS or word in w.BACKDROPS for word in clause)
    verb = next((i for i, word in enumerate(clause) if word in w.CHANGERS), None)
    for index, word in enumerate(clause):
        if "colour" not in roles(word):
            continue
        start = index - 1 if index and "shade" in roles(clause[index - 1]) else index
        following = clause[index + 1] if index + 1 < len(clause) else ""
        if following in w.TINTS:
            return clause[:start] + clause[index + 2 :], replace(
                wish, tint=colour_at(clause, index)
            )
        if roles(following) & (NOUNS | {"colour"}) or following in w.BACKDROPS:
            continue
        of_verb = verb is not None and verb < start and not {"a", "an"} & set(clause[verb:start])
        if bare or of_verb:
            left = [] if bare or verb is None else clause[:verb]
            return left + clause[index + 1 :], replace(wish, tint=colour_at(clause, index))
    return clause, wish


def without_known(clause: Sequence[str]) -> list[str]:
    """Things that are spoken of as being in the picture are not painted once more."""
    rest: list[str] = []
    index = 0
    while index < len(clause):
        placed = index > 0 and clause[index - 1] in w.PREPOSITIONS
        end = index
        if clause[index] in w.DEFINITE:
            end = end_of_known(clause, index, {"thing", "sky"} if placed else NOUNS)
        if end == index:
            rest.append(clause[index])
            end += 1
        index = end
    return rest


def end_of_known(clause: Sequence[str], start: int, nouns: Set[str]) -> int:
    """Where "the small red car" ends; `start` itself if nothing of the kind is spoken of."""
    for index in range(start + 1, min(start + 5, len(clause))):
        meant = roles(clause[index])
        if meant & nouns:
            return index + 1
        if meant and not meant & MODIFIERS:
            return start
    return start


def last_colour(clause: Sequence[str]) -> str | None:
    places = [index for index, word in enumerate(clause) if "colour" in roles(word)]
    return colour_at(clause, places[-1]) if places else None


def colour_at(clause: Sequence[str], index: int) -> str:
    """The colour's own name, with the shade before it; "navy blue" is navy."""
    if index and "colour" in roles(clause[index - 1]):
        return colour_at(clause, index - 1)
    shade = value_of(clause[index - 1], "shade") if index else ""
    return f"{shade} {value_of(clause[index], 'colour')}".strip()


def roles(word: str) -> set[str]:
    return {meaning.role for meaning in LEXICON.get(word, ())}


def value_of(word: str, role: str) -> str:
    values = (meaning.value for meaning in LEXICON.get(word, ()) if meaning.role == role)
    return next(values, "")
