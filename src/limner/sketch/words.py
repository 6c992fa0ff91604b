"""The lexicon: every word limner's sketch understands, and the part it plays in a sentence."""

from dataclasses import dataclass
from types import MappingProxyType

from limner.sketch.colours import PALETTE
from limner.sketch.nouns import PLACES, SKY, THINGS, names, plural


@dataclass(frozen=True, slots=True)
class Meaning:
    """A word's role, its value in that role, and whether it says "more than one"."""

    role: str
    value: str = ""
    plural: bool = False


COLOURS: dict[str, str] = {
    "red": "scarlet ruby vermilion",
    "orange": "tangerine ginger",
    "yellow": "lemon mustard blond blonde",
    "green": "jade",
    "blue": "azure sapphire cobalt cerulean",
    "purple": "violet plum",
    "pink": "fuchsia",
    "white": "ivory pearl",
    "black": "ebony onyx charcoal",
    "teal": "petrol",
    "cyan": "aqua",
    "gold": "golden",
    "silver": "silvery metallic",
    "brown": "chocolate tan caramel chestnut",
    "grey": "gray",
    "beige": "sand",
    "maroon": "burgundy",
    "copper": "bronze",
    "lavender": "lilac",
    "rust": "auburn|fox red",
}

SHADES: dict[str, str] = {
    "light": "light pale soft faded",
    "dark": "dark deep",
    "neon": "neon fluorescent glowing luminous",
}

NUMBERS: dict[str, str] = {
    "1": "one single lone",
    "2": "two pair couple both twin|a pair of|a couple of",
    "3": "three some trio|a few",
    "4": "four several|a row of|a group of",
    "5": "five|a bunch of",
    "6": "six|half a dozen|a flock of|a herd of",
    "7": "seven many|lots of|a lot of",
    "8": "eight",
    "9": "nine",
    "10": "ten",
    "11": "eleven",
    "12": "twelve dozen|a dozen|dozens of",
}

SIZES: dict[str, str] = {
    "tiny": "tiny miniature minuscule",
    "small": "small little short",
    "large": "large big tall great",
    "huge": "huge giant enormous gigantic massive",
}

TIMES: dict[str, str] = {
    "dawn": "dawn sunrise morning daybreak",
    "day": "day daytime noon midday afternoon sunny daylight",
    "sunset": "sunset dusk evening twilight sundown|golden hour",
    "night": "night midnight nighttime nocturnal moonlit starry moonlight starlight",
}

WEATHER: dict[str, str] = {
    "snow": "snow snowy snowing snowfall winter wintry snowflakes snowflake frosty",
    "rain": "rain rainy raining drizzle rainfall storm stormy",
    "fog": "fog foggy mist misty haze hazy",
    "clouds": "clouds cloudy overcast",
    "wet": "wet puddles puddle",
}

STYLES: dict[str, str] = {
    "isometric": "isometric",
    "logo": "logo icon emblem sticker badge|app icon",
    "minimal": "minimal minimalist minimalistic simple",
    "neon": "cyberpunk synthwave vaporwave futuristic",
    "dark": "moody|dark theme|dark mode|dark style|dark ui|dark background",
    "pastel": "pastel dreamy gentle calm serene peaceful cosy cozy",
    "watercolour": "watercolor watercolour aquarelle",
    "monochrome": "monochrome greyscale grayscale noir|black and white|black white",
    "sepia": "sepia vintage retro",
}

SEASONS: dict[str, str] = {
    "autumn": "autumn autumnal fall",
    "spring": "spring springtime cherry",
    "summer": "summer summery",
}

ACROSS: dict[str, str] = {
    "left": "left",
    "right": "right",
    "centre": "center centre|in the middle",
}
DOWN: dict[str, str] = {
    "top": "top|at the top|up high",
    "bottom": "bottom",
    "middle": "",
}

RELATIONS: dict[str, str] = {
    "above": "above over",
    "below": "below beneath under underneath",
    "left": "|left of|to the left of|on the left of",
    "right": "|right of|to the right of|on the right of",
    "beside": "beside near by|next to|close to|along with|alongside",
    "on": "on atop upon riding|on top of|sitting on|standing on",
    "in": "in inside into within",
    "front": "|in front of|before",
    "behind": "behind",
    "between": "between",
    "held": "wearing holding carrying",
}

MOODS: dict[str, tuple[Meaning, ...]] = {
    "starry": (Meaning("sky", "stars"), Meaning("time", "night")),
    "starlight": (Meaning("sky", "stars"), Meaning("time", "night")),
    "moonlit": (Meaning("sky", "moon"), Meaning("time", "night")),
    "moonlight": (Meaning("sky", "moon"), Meaning("time", "night")),
    "sunny": (Meaning("sky", "sun"), Meaning("time", "day")),
    "happy": (Meaning("sky", "sun"),),
    "cheerful": (Meaning("sky", "sun"),),
    "spooky": (Meaning("time", "night"), Meaning("weather", "fog")),
    "scary": (Meaning("time", "night"), Meaning("weather", "fog")),
    "haunted": (Meaning("time", "night"), Meaning("weather", "fog")),
    "mysterious": (Meaning("time", "night"), Meaning("weather", "fog")),
    "clouds": (Meaning("weather", "clouds"), Meaning("sky", "cloud", plural=True)),
    "cherry": (Meaning("season", "spring"),),
    "cyberpunk": (Meaning("style", "neon"), Meaning("style", "dark")),
    "synthwave": (Meaning("style", "neon"), Meaning("style", "dark")),
    "stars": (Meaning("sky", "stars", plural=True),),
    "red fox": (Meaning("colour", "rust"), Meaning("thing", "fox")),
    "red foxes": (Meaning("colour", "rust"), Meaning("thing", "fox", plural=True)),
    "dark background": (Meaning("style", "dark"),),
}

ROLES: dict[str, str] = {
    "backdrop": "background backdrop wallpaper canvas ground",
    "accent": "accent accents highlights glow details lighting lights tint tones",
    "part": "roof roofs sail sails wings wing stripes stripe spots spot trim nose ears tail cap "
    "flames petals wheels door doors window windows eyes eye scarf dress shirt coat belly",
    "is": "is are was were",
    "not": "no without not|free of",
    "the": "the",
    "a": "a an",
    "frame": "picture image frame scene page painting illustration photo",
    "stop": ". ; ! ?",
    "comma": ",",
    "and": "and & plus",
    "theme": "theme mode",
}

FILLER_WORDS = """
of with at to from for as its it it's this that these those there here his her
their my your our i you we they he she them who which where while when then than but or so
very really quite just also too some any each every all be been being has have had do does
did can could should would will may might must please make draw create generate show render
paint sketch design give want like me us one's up down out off through across around along
toward towards against during among onto via per about after again more most much
other another own same such only even full made drawn showing featuring depicting containing
style styled flat vector art artwork drawing digital cute lovely charming nice beautiful
pretty colourful colorful colored coloured colour color hued bright vivid crisp clean side far
away corner half plain solid standing sitting resting lying set placed floating flying sailing
swimming shining rising setting looking shape shaped form kind what how not s t re ll ve d m n
dev transparent background walking running playing sleeping smiling happily view quality high
detailed detail
"""
FILLER = frozenset(FILLER_WORDS.split()) - {"background"}


def _lexicon() -> dict[str, tuple[Meaning, ...]]:
    words: dict[str, tuple[Meaning, ...]] = {}
    for role, table in (
        ("colour", {name: name for name in PALETTE}),
        ("colour", COLOURS),
        ("shade", SHADES),
        ("number", NUMBERS),
        ("size", SIZES),
        ("time", TIMES),
        ("weather", WEATHER),
        ("style", STYLES),
        ("season", SEASONS),
        ("place", PLACES),
        ("across", ACROSS),
        ("down", DOWN),
        ("relation", RELATIONS),
    ):
        for value, line in table.items():
            words.update((name, (Meaning(role, value),)) for name in names(line))
    for role, table in (("sky", SKY), ("thing", THINGS)):
        for value, line in table.items():
            for name in names(line):
                words.setdefault(plural(name), (Meaning(role, value, plural=True),))
                words[name] = (Meaning(role, value),)
    words["people"] = (Meaning("thing", "person", plural=True),)
    for role, line in ROLES.items():
        words.update((name, (Meaning(role),)) for name in names(line))
    return words | MOODS


LEXICON = MappingProxyType(_lexicon())
LONGEST_PHRASE = max(len(phrase.split()) for phrase in LEXICON)
