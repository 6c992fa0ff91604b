"""The words of retouching: what can be done to a picture that is there already.

A line holds single words, then phrases between bars, as in `sketch/words.py`.
"""

from types import MappingProxyType

from limner.sketch.nouns import names

EFFECTS: dict[str, str] = {
    "monochrome": "greyscale grayscale monochrome noir colourless colorless|black and white"
    "|black white|black & white|b and w",
    "sepia": "sepia vintage retro antique|old photo|old photograph|old fashioned",
    "brighter": "brighter brighten lighter lighten bright overexposed|more light|more brightness",
    "darker": "darker darken dimmer dim underexposed|less light|less bright",
    "warmer": "warmer warm warmth|warm light|warm tones|warm colours|warm colors",
    "cooler": "cooler colder cold cool chilly icy|cold light|cool tones|cold tones",
    "vivid": "vivid vibrant saturated saturate colourful colorful punchy|more colour|more color"
    "|more saturation|vivid colours|vivid colors|vibrant colours|vibrant colors",
    "muted": "muted desaturated desaturate faded pale|less colour|less color|less saturation"
    "|washed out|muted colours|muted colors",
    "contrast": "contrast contrasty dramatic|more contrast|high contrast|higher contrast",
    "flat": "|less contrast|low contrast|lower contrast",
    "blur": "blur blurred blurry bokeh|out of focus|soft focus",
    "sharpen": "sharpen sharpened sharper sharp crisper crisp enhance enhanced|in focus",
    "pixelate": "pixelate pixelated pixelize mosaic pixels 8bit|pixel art|8 bit",
    "invert": "invert inverted negative|inverted colours|inverted colors",
    "posterise": "posterize posterise posterized posterised cartoon comic cartoonish|pop art"
    "|comic book|flat colours|flat colors",
    "pencil": "pencil|pencil sketch|pencil drawing|line drawing|line art|ink drawing",
    "oil": "painterly impressionist impressionism|oil painting|oil paint|oil paints",
    "watercolour": "watercolor watercolour aquarelle|watercolor painting|watercolour painting",
    "pastel": "pastel pastels dreamy|pastel colours|pastel colors",
    "neon": "neon cyberpunk synthwave vaporwave",
    "vignette": "vignette vignetted|dark corners|dark edges",
    "grain": "grain grainy noisy|film grain",
    "mirror": "mirror mirrored flip flipped|flip horizontally|mirror horizontally"
    "|flipped horizontally|flip it horizontally|mirror it horizontally",
    "upset": "|upside down|flip vertically|flip it vertically|flipped vertically"
    "|mirror vertically|mirror it vertically",
    "rotate": "rotate rotated",
    "night": "night nighttime midnight moonlit nocturnal|at night|by night",
    "sunset": "sunset dusk evening twilight sundown|golden hour|at sunset|at dusk",
    "dawn": "dawn sunrise daybreak|at dawn|at sunrise",
    "snow": "snow snowy snowing snowfall winter wintry snowflakes|in winter|in snow|in the snow",
    "rain": "rain rainy raining rainfall drizzle storm stormy|in the rain",
    "fog": "fog foggy mist misty haze hazy|in the fog",
    "autumn": "autumn autumnal|in autumn|in the fall",
    "panels": "collage|side by side|next to each other|next to one another|before and after",
}
"""Names of changes, in no order; each has a place in `effects.py`, `turning.py` or `retouch.py`."""

SCENIC = frozenset(("night", "sunset", "dawn", "snow", "rain", "fog", "autumn"))
"""These say something about a place too, where the picture gets a new one."""


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


CHANGERS = _words("make turn change paint colour color recolour recolor tint dye convert give")
"""Verbs that ask for another colour of what is there."""

TINTS = _words(
    "tint tinted tone tones toned filter wash cast hue hued tinge light lighting colours colors"
)
"""After a colour: it is meant for the whole picture."""

ERASERS = _words("remove erase delete clear hide")
ADDERS = _words("add put insert place draw include paint with wearing holding carrying having")
KEEPERS = _words("keep preserve leave maintain don't dont")
BACKDROPS = _words("background backdrop")
CLEAR = _words("transparent clear no without")
DEFINITE = _words("the its his her their my your our this that these those")
PREPOSITIONS = _words("on in at to into with by as from onto over under near before")
"""A place behind one of these is wanted: "on the beach", but not "make the sky warmer"."""
STOPS = frozenset(".;!?,\n")

LESS = _words("slightly little bit somewhat subtly gently lightly")
MORE = _words("very much strongly really extremely lot heavily far too totally")

IDLE = _words("""
    add put insert place edit edited replace change changed modify turn turned make made apply
    convert swap include keep everything else original photo photograph picture image into region
    area masked mask inside fill filled with paint painted colour color recolour recolor style
    look looks version same as effect filter wearing holding carrying having instead give new
    entire whole nothing but only please object subject set go so that colours colors tones
    to from by it its this that degrees clockwise counterclockwise anticlockwise very much
    slightly little bit somewhat really lot more less all over bright erase remove delete clear
    hide transform stand standing some bring
    """)
"""Words of instructions that no picture shows."""


def _phrases() -> dict[str, str]:
    return {phrase: name for name, line in EFFECTS.items() for phrase in names(line)}


PHRASES = MappingProxyType(_phrases())
LONGEST = max(len(phrase.split()) for phrase in PHRASES)
