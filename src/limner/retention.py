"""How long pictures are kept: `none`, `forever`, or so many hours or days."""

import math
from dataclasses import dataclass

MICROSECONDS = 1_000_000
NEVER = 253_402_300_799 * MICROSECONDS
"""The end of the year 9999: when a picture expires that is kept until somebody deletes it."""
HOURS = {"h": 1, "d": 24}
PATTERN = "^(none|forever|[1-9][0-9]{0,3}[hd])$"


@dataclass(frozen=True, slots=True)
class Retention:
    seconds: float

    @classmethod
    def read(cls, word: str) -> "Retention":
        """A word that `PATTERN` lets through, or that `word` gave."""
        if word == "none":
            return NONE
        if word == "forever":
            return FOREVER
        if word.endswith("s"):
            return cls(float(word[:-1]))
        return cls(int(word[:-1]) * HOURS[word[-1]] * 3600.0)

    @property
    def word(self) -> str:
        """As `read` takes it."""
        if self.none:
            return "none"
        return "forever" if math.isinf(self.seconds) else f"{self.seconds}s"

    @property
    def none(self) -> bool:
        """Whether pictures are handed on and not kept."""
        return self.seconds == 0

    def expires_at(self, now_s: float) -> int:
        """In microseconds, whole seconds of them, as callers are told; 0 for what is not kept."""
        if self.none:
            return 0
        if math.isinf(self.seconds):
            return NEVER
        return min(math.ceil(now_s + self.seconds) * MICROSECONDS, NEVER)


NONE = Retention(0.0)
FOREVER = Retention(math.inf)
BRIEFLY = Retention(1.0)
"""For a picture that becomes a file where no pictures are kept."""
