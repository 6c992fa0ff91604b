"""Words that no prompt may hold, found whatever their case and however their letters are composed.

Whole words only: `cat` is not in `concatenate`. A phrase is found across any white space.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence


class BlockList:
    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in phrases:
            words = tuple(words_of(phrase))
            if words:
                self._by_first.setdefault(words[0], []).append(words)

    def found(self, text: str) -> str | None:
        """The first phrase of the list that stands in a text."""
        if not self._by_first:
            return None
        words = words_of(text)
        for at, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                if tuple(words[at : at + len(phrase)]) == phrase:
                    return " ".join(phrase)
        return None


def words_of(text: str) -> Sequence[str]:
    """Words in the form in which they are compared: `Ｃａｆé` and `CAFÉ` are one."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return re.findall(r"\w+", "".join(char for char in plain if not invisible(char)))


def invisible(char: str) -> bool:
    """Characters that show nothing, with which words are taken apart."""
    return unicodedata.category(char) == "Cf"
