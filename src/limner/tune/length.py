"""How long a piece is: as asked, or as its words say, or some ten seconds; in whole bars."""

import re

from limner.tune.mood import Mood
from limner.tune.tune import Tune

SHORTEST_S, LONGEST_S = 2.0, 30.0
USUAL_S = 10.0
RING_S = 1.4
"""After the last chord has begun to end."""
IN_TEXT = re.compile(r"\b(\d{1,3})[\s-]*(s|sec|secs|seconds?|min|mins|minutes?)\b")
LENGTHS = {"jingle": 5.0, "short": 6.0, "brief": 6.0, "long": 18.0}


def seconds_of(tune: Tune) -> float:
    """What is asked for, within bounds."""
    if tune.seconds is not None:
        wanted = tune.seconds
    elif said := IN_TEXT.search(tune.about.lower()):
        wanted = float(said[1]) * (60 if said[2].startswith("m") else 1)
    else:
        words = set(re.findall(r"\w+", tune.about.lower()))
        wanted = next((LENGTHS[word] for word in LENGTHS if word in words), USUAL_S)
    return min(max(wanted, SHORTEST_S), LONGEST_S)


def bars_of(tune: Tune, mood: Mood) -> int:
    """How many bars fit best; from four bars on, pairs of them."""
    seconds = seconds_of(tune) - (0 if tune.loop else RING_S)
    bars = max(1, round(seconds * mood.bpm / 60 / mood.beats))
    return bars - bars % 2 if bars >= 4 else bars
