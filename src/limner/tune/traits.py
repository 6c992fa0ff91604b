"""What words of music mean: a table to read and to add lines to.

A later word of a text outweighs an earlier one where both say something about the same thing.
"""

from dataclasses import dataclass
from typing import Literal

Drums = Literal["none", "soft", "rock", "dance", "slow", "march", "swing"]
Chords = Literal["held", "broken", "struck"]


@dataclass(frozen=True, slots=True)
class Trait:
    """What one word changes; None leaves a thing as it is. `haste` multiplies the tempo."""

    bpm: float | None = None
    haste: float = 1.0
    minor: bool | None = None
    beats: int | None = None
    density: float | None = None
    lead: str | None = None
    harmony: str | None = None
    chords: Chords | None = None
    drums: Drums | None = None
    space: float | None = None
    octave: int = 0


def words(text: str, trait: Trait) -> dict[str, Trait]:
    return dict.fromkeys(text.split(), trait)


FEELINGS = {
    **words(
        "calm peaceful relaxing relaxed soft gentle quiet tender serene warm dreamy",
        Trait(bpm=76, density=0.3, drums="none", chords="broken", space=0.45),
    ),
    **words("lullaby sleep sleepy", Trait(bpm=66, density=0.25, lead="bells", drums="none")),
    **words(
        "ambient meditation meditative drone ethereal space floating",
        Trait(bpm=60, density=0.12, harmony="pad", chords="held", drums="none", space=0.7),
    ),
    **words(
        "happy cheerful joyful joy fun upbeat sunny bright playful festive birthday summer",
        Trait(bpm=126, minor=False, density=0.65, drums="soft", chords="struck"),
    ),
    **words(
        "sad melancholy melancholic sorrow sorrowful lonely grief tears blue mournful nostalgic",
        Trait(bpm=68, minor=True, density=0.3, drums="none", chords="broken", space=0.45),
    ),
    **words(
        "dark ominous scary horror sinister gloomy mysterious night tense",
        Trait(bpm=84, minor=True, density=0.35, harmony="strings", chords="held", octave=-1),
    ),
    **words(
        "epic heroic cinematic orchestral dramatic battle trailer",
        Trait(bpm=104, minor=True, lead="brass", harmony="strings", drums="march", space=0.5),
    ),
    **words("romantic love", Trait(bpm=82, minor=False, density=0.35, harmony="strings")),
    **words("angry aggressive heavy", Trait(bpm=150, minor=True, density=0.8, drums="rock")),
    **words("fast quick energetic driving lively presto allegro", Trait(haste=1.3, density=0.75)),
    **words("slow slowly largo adagio", Trait(haste=0.72, density=0.25)),
    **words("major", Trait(minor=False)),
    **words("minor", Trait(minor=True)),
    **words("deep low", Trait(octave=-1)),
    **words("busy", Trait(density=0.9)),
    **words("sparse minimal simple", Trait(density=0.2)),
}
STYLES = {
    **words("waltz", Trait(bpm=156, beats=3, density=0.4, chords="struck", drums="soft")),
    **words("rock grunge", Trait(bpm=128, lead="guitar", harmony="guitar", drums="rock")),
    **words(
        "metal punk",
        Trait(bpm=168, minor=True, density=0.85, lead="guitar", harmony="guitar", drums="rock"),
    ),
    **words("pop", Trait(bpm=116, minor=False, density=0.55, lead="synth", drums="dance")),
    **words("jazz swing", Trait(bpm=132, lead="brass", harmony="piano", drums="swing")),
    **words("blues", Trait(bpm=92, minor=True, lead="guitar", harmony="organ", drums="swing")),
    **words(
        "techno house edm trance disco dance club electronic",
        Trait(bpm=126, minor=True, lead="synth", harmony="pad", drums="dance", density=0.7),
    ),
    **words(
        "lofi lo-fi hiphop hip-hop rap trap chill",
        Trait(bpm=80, minor=True, density=0.35, harmony="piano", chords="held", drums="slow"),
    ),
    **words(
        "chiptune 8-bit 8bit arcade game retro",
        Trait(bpm=144, density=0.85, lead="chip", harmony="chip", chords="broken", drums="dance"),
    ),
    **words(
        "folk country acoustic campfire celtic",
        Trait(bpm=108, lead="flute", harmony="guitar", chords="broken", drums="none"),
    ),
    **words(
        "classical baroque chamber sonata",
        Trait(bpm=108, lead="strings", harmony="piano", chords="broken", drums="none"),
    ),
    **words("march anthem", Trait(bpm=112, minor=False, lead="brass", drums="march")),
    **words("hymn church gospel", Trait(bpm=78, lead="organ", harmony="organ", drums="none")),
    **words("synthwave", Trait(bpm=104, minor=True, lead="synth", harmony="pad", drums="dance")),
}
TRAITS = FEELINGS | STYLES

INSTRUMENTS = {
    **dict.fromkeys(("piano", "pianos", "keys", "keyboard"), "piano"),
    **dict.fromkeys(("guitar", "guitars", "ukulele", "banjo", "harp", "lute"), "guitar"),
    **dict.fromkeys(("strings", "violin", "violins", "cello", "viola", "orchestra"), "strings"),
    **dict.fromkeys(("flute", "whistle", "recorder", "clarinet", "ocarina"), "flute"),
    **dict.fromkeys(("organ", "accordion", "harmonica"), "organ"),
    **dict.fromkeys(("bell", "bells", "glockenspiel", "celesta", "marimba", "chimes"), "bells"),
    **dict.fromkeys(("brass", "trumpet", "horn", "horns", "trombone", "saxophone"), "brass"),
    **dict.fromkeys(("synth", "synths", "synthesizer", "synthesiser"), "synth"),
    **dict.fromkeys(("pad", "pads"), "pad"),
}
DRUMS = {"drum", "drums", "percussion", "beat", "beats", "drumming"}
BASS = {"bass", "basslines", "bassline"}
VOICES = {"vocals", "vocal", "voice", "voices", "singing", "singer", "sung"}
WITHOUT = {"no", "without", "minus"}
