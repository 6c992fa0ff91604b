"""From a tune to a file, in one go; takes a processor for a second or so."""

from random import Random

from limner.tune.encoding import encoded
from limner.tune.length import RING_S, SHORTEST_S, bars_of, seconds_of
from limner.tune.mixing import mixed
from limner.tune.mood import mood_of
from limner.tune.score import written
from limner.tune.tune import Recording, Tune


def play(tune: Tune) -> Recording:
    chance = Random(tune.seed)
    mood = mood_of(tune, chance)
    bars = bars_of(tune, mood)
    notes = written(mood, bars, tune.loop, chance)
    music_s = bars * mood.beats * 60 / mood.bpm
    if tune.loop:
        seconds = music_s
    elif tune.seconds is not None:
        seconds = seconds_of(tune)
    else:
        seconds = max(SHORTEST_S, music_s + RING_S)
    samples = mixed(notes, mood, seconds, loop=tune.loop, mark=tune.mark)
    return encoded(samples, tune.audio_format)
