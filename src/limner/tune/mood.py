"""From words to how a piece sounds: tempo, key, metre, who plays, how much happens."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from limner.tune.traits import (
    BASS,
    DRUMS,
    INSTRUMENTS,
    TRAITS,
    VOICES,
    WITHOUT,
    Chords,
    Drums,
    Trait,
)
from limner.tune.tune import Tune

SLOWEST, FASTEST = 40.0, 220.0
WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
TEMPO = re.compile(r"(\d{2,3})\s*-?bpm")
KEY = re.compile(r"([a-g])[\s-]*(#|b|sharp|flat)?\s*(maj(?:or)?|min(?:or)?|m)?", re.IGNORECASE)
KEY_IN_TEXT = re.compile(
    r"\b(?:in|key of)\s+([A-Ga-g])[\s-]?([#b]|sharp|flat)?[\s-]+(major|minor)\b"
)
STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
HUMS = "voice"


@dataclass(frozen=True, slots=True)
class Mood:
    """`tonic` is a pitch class, 0 is C; `density` and `space` go from 0 to 1."""

    bpm: float
    tonic: int
    minor: bool
    beats: int
    density: float
    lead: str
    harmony: str
    chords: Chords
    drums: Drums
    bass: bool
    space: float
    octave: int


def mood_of(tune: Tune, chance: Random) -> Mood:
    text = tune.about.lower()
    wanted, refused = sorted_words(text)
    refused |= set(WORD.findall(tune.never.lower()))
    trait = merged(TRAITS[word] for word in wanted if word in TRAITS and word not in refused)
    tonic, minor = key_of(tune)
    if minor is None:
        minor = chance.random() < 0.4 if trait.minor is None else trait.minor
    lead, harmony = players(wanted, refused, trait)
    drums = drummed(wanted, refused, trait, chance)
    return Mood(
        bpm=min(max(tempo(tune, text, trait, chance), SLOWEST), FASTEST),
        tonic=chance.choice((0, 2, 5, 7, 9)) if tonic is None else tonic,
        minor=minor,
        beats=trait.beats or 4,
        density=0.45 if trait.density is None else trait.density,
        lead=HUMS if hums(tune, wanted, refused) else lead,
        harmony=harmony,
        chords=trait.chords or ("held" if harmony in ("pad", "strings", "organ") else "broken"),
        drums=drums,
        bass=not refused & BASS,
        space=0.3 if trait.space is None else trait.space,
        octave=-1 if tune.voice == "m" else trait.octave,
    )


def sorted_words(text: str) -> tuple[list[str], set[str]]:
    """The words of a text in order, and those that follow a `no` or `without`."""
    wanted: list[str] = []
    refused: set[str] = set()
    before = ""
    for word in WORD.findall(text):
        if before in WITHOUT:
            refused.add(word)
        else:
            wanted.append(word)
        before = word
    return [word for word in wanted if word not in refused], refused


def merged(traits: Iterator[Trait]) -> Trait:
    """What several words change together."""
    whole: dict[str, Any] = {}
    haste, octave = 1.0, 0
    for trait in traits:
        haste *= trait.haste
        octave = max(-1, octave + trait.octave)
        for name in Trait.__slots__:
            value = getattr(trait, name)
            if value is not None and name not in ("haste", "octave"):
                whole[name] = value
    return Trait(haste=haste, octave=octave, **whole)


def players(wanted: list[str], refused: set[str], trait: Trait) -> tuple[str, str]:
    """Who plays melody and chords: instruments that were named, else what the style brings."""
    banned = {INSTRUMENTS[word] for word in refused if word in INSTRUMENTS}
    named = [INSTRUMENTS[word] for word in wanted if word in INSTRUMENTS]
    named = [one for one in dict.fromkeys(named) if one not in banned]
    lead = named[0] if named else trait.lead or "piano"
    harmony = named[1] if len(named) > 1 else named[0] if named else trait.harmony or "piano"
    lead, harmony = ("flute" if one in banned else one for one in (lead, harmony))
    return lead, harmony


def hums(tune: Tune, wanted: list[str], refused: set[str]) -> bool:
    return bool(tune.voice) and "instrumental" not in wanted and not refused & VOICES


def drummed(wanted: list[str], refused: set[str], trait: Trait, chance: Random) -> Drums:
    if refused & DRUMS:
        return "none"
    named = bool(DRUMS & set(wanted))
    if trait.drums is None:
        return "soft" if named or chance.random() < 0.5 else "none"
    return "soft" if named and trait.drums == "none" else trait.drums


def tempo(tune: Tune, text: str, trait: Trait, chance: Random) -> float:
    said = TEMPO.search(text)
    if tune.tempo is not None:
        return tune.tempo
    if said:
        return float(said[1])
    return (trait.bpm or chance.uniform(92, 112)) * trait.haste


def key_of(tune: Tune) -> tuple[int | None, bool | None]:
    """Tonic and mode as far as they are said, the parameter before the text."""
    found = KEY.fullmatch(tune.key.strip()) or KEY_IN_TEXT.search(tune.about)
    if found is None:
        return None, None
    letter, sign, mode = found.groups()
    shift = {"#": 1, "sharp": 1, "b": -1, "flat": -1}.get((sign or "").lower(), 0)
    minor = None if mode is None else mode == "m" or mode.lower().startswith("min")
    return (STEPS[letter.lower()] + shift) % 12, minor
