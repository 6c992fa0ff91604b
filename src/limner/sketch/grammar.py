"""A prompt is read once from left to right: modifiers wait for the next noun that wants them."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from limner.sketch.reading import Reading
from limner.sketch.scene import Scene
from limner.sketch.traits import TRAITS
from limner.sketch.words import LEXICON, LONGEST_PHRASE, Meaning

TRIGGER = re.compile(r"\[\[limner:[^\[\]]*\]\]")
TOKEN = re.compile(r"\d+(?:[:.,x×/]\d+)+|[^\W_]+(?:['’][^\W_]+)?|[.,;!?&\n]")
COLOURED = frozenset(("coloured", "colored", "colour", "color", "hued"))


def read(prompt: str) -> Scene:
    """What the prompt asks to see. Any text is a prompt."""
    reading = Reading()
    for word, meanings in understood(tokens(prompt)):
        reading.take(word, meanings)
    return reading.scene()


def tokens(prompt: str) -> list[str]:
    """Lower-case words and the punctuation that separates clauses."""
    spelled = "".join(map(_spelled, TRIGGER.sub(" ", prompt)))
    text = unicodedata.normalize("NFKC", spelled).casefold()
    found = (token.replace("’", "'").removesuffix("'s") for token in TOKEN.findall(text))
    return ["." if token == "\n" else token for token in found if token]


def _spelled(letter: str) -> str:
    """A pictogram as the nouns in its name: the one called FOX FACE is a fox."""
    if unicodedata.category(letter) != "So":
        return letter
    name = unicodedata.name(letter, "").casefold()
    nouns = [word for word in name.split() if _is_noun(word)]
    return f" {' '.join(nouns)} , " if nouns else " "


def _is_noun(word: str) -> bool:
    nouns = ("thing", "sky", "place", "weather")
    return any(meaning.role in nouns for meaning in LEXICON.get(word, ()))


def understood(words: Sequence[str]) -> Iterator[tuple[str, tuple[Meaning, ...]]]:
    """Each word, or the longest phrase that starts there, with what it means."""
    index = 0
    while index < len(words):
        phrase = _longest_phrase(words[index : index + LONGEST_PHRASE])
        index += 1 + phrase.count(" ")
        meanings = LEXICON.get(phrase, ())
        if words[index : index + 1] and words[index] in COLOURED:
            yield phrase, _as_colour(meanings)
        else:
            yield phrase, meanings


def _longest_phrase(words: Sequence[str]) -> str:
    phrases = (" ".join(words[:length]) for length in range(len(words), 1, -1))
    return next((phrase for phrase in phrases if phrase in LEXICON), words[0])


def _as_colour(meanings: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """ "Fox-coloured" is a colour, not a fox."""
    return tuple(
        Meaning("likeness", TRAITS[meaning.value].colour) if meaning.value in TRAITS else meaning
        for meaning in meanings
    )
