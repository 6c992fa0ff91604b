"""Nouns: what people call the things, places and skies that can be drawn."""

THINGS: dict[str, str] = {
    "circle": "circle disc disk dot sphere orb",
    "square": "square rectangle block box tile",
    "triangle": "triangle pyramid",
    "star": "star starfish",
    "heart": "heart love valentine",
    "diamond": "diamond rhombus gem crystal jewel",
    "hexagon": "hexagon pentagon octagon polygon",
    "ring": "ring donut doughnut",
    "cube": "cube dice",
    "cat": "cat kitten kitty tomcat feline tabby",
    "dog": "dog puppy pup hound terrier corgi retriever",
    "rabbit": "rabbit bunny hare",
    "fox": "fox vixen",
    "bear": "bear teddy cub",
    "panda": "panda",
    "sheep": "sheep lamb ewe",
    "bird": "bird robin sparrow finch seagull gull songbird raven crow",
    "owl": "owl owlet",
    "duck": "duck duckling goose swan",
    "penguin": "penguin",
    "fish": "fish goldfish trout salmon koi",
    "whale": "whale orca dolphin",
    "turtle": "turtle tortoise",
    "butterfly": "butterfly moth",
    "bee": "bee bumblebee honeybee wasp",
    "snail": "snail",
    "frog": "frog toad",
    "tree": "tree oak birch maple",
    "pine": "pine fir spruce conifer|christmas tree",
    "palm": "palm|palm tree|coconut tree",
    "flower": "flower rose tulip daisy poppy blossom sunflower orchid",
    "mushroom": "mushroom toadstool fungus",
    "cactus": "cactus succulent",
    "leaf": "leaf",
    "bush": "bush shrub hedge",
    "apple": "apple",
    "pumpkin": "pumpkin",
    "cake": "cake pie cupcake muffin|birthday cake",
    "icecream": "icecream gelato|ice cream",
    "house": "house cottage cabin home hut barn farmhouse villa shed bungalow",
    "castle": "castle fortress palace citadel",
    "tower": "tower turret skyscraper",
    "lighthouse": "lighthouse|light house",
    "bridge": "bridge viaduct",
    "windmill": "windmill",
    "tent": "tent wigwam teepee",
    "boat": "boat sailboat ship yacht dinghy vessel|sailing boat",
    "car": "car automobile taxi sedan van",
    "bus": "bus coach minibus tram",
    "train": "train locomotive|steam engine",
    "bicycle": "bicycle bike",
    "rocket": "rocket spaceship spacecraft shuttle|space ship",
    "plane": "plane airplane aeroplane jet aircraft",
    "balloon": "balloon",
    "airship": "airship zeppelin|hot air balloon|air balloon",
    "kite": "kite",
    "robot": "robot android droid bot",
    "snowman": "snowman|snow man",
    "person": "person man woman boy girl child kid people human traveller traveler figure",
    "astronaut": "astronaut cosmonaut spaceman",
    "ghost": "ghost spirit phantom",
    "lantern": "lantern",
    "streetlamp": "streetlamp lamppost streetlight|street lamp|lamp post|street light",
    "lamp": "lamp|desk lamp",
    "candle": "candle",
    "campfire": "campfire bonfire fire|camp fire",
    "teapot": "teapot kettle|tea pot",
    "cup": "cup mug coffee tea teacup cocoa|cup of tea|cup of coffee",
    "book": "book novel notebook tome",
    "umbrella": "umbrella parasol",
    "key": "key",
    "guitar": "guitar ukulele",
    "clock": "clock watch",
    "gear": "gear cog cogwheel settings",
    "crown": "crown tiara",
    "hat": "hat cap|top hat",
    "gift": "gift present parcel package",
    "camera": "camera",
    "ball": "ball football basketball|beach ball",
    "chair": "chair armchair throne stool",
    "sofa": "sofa couch",
    "table": "table desk",
    "flag": "flag banner pennant",
    "dashboard": "dashboard panel screen interface ui app website webpage|user interface|web page",
    "laptop": "laptop computer notebook terminal|laptop computer",
    "phone": "phone smartphone mobile",
    "chart": "chart graph histogram diagram|bar chart",
    "server": "server database datacenter|data center|server rack",
}

SKY: dict[str, str] = {
    "sun": "sun",
    "moon": "moon|full moon",
    "crescent": "crescent|crescent moon|half moon|new moon",
    "stars": "stars constellation|milky way|starry sky|night of stars",
    "cloud": "cloud",
    "rainbow": "rainbow",
    "aurora": "aurora|northern lights",
    "planet": "planet saturn jupiter mars",
}

PLACES: dict[str, str] = {
    "hills": "hills hill countryside landscape valley",
    "mountains": "mountain mountains alps peak peaks summit ridge",
    "sea": "sea ocean water waves wave bay harbour harbor",
    "desert": "desert dunes dune sahara",
    "city": "city skyline town downtown metropolis cityscape",
    "forest": "forest woods woodland jungle wood",
    "beach": "beach shore seaside coast island",
    "meadow": "meadow field grass garden park prairie lawn farm pasture",
    "lake": "lake pond river lagoon",
    "space": "space cosmos galaxy universe|outer space",
    "underwater": "underwater seabed reef|under water|under the sea|coral reef",
    "room": "room interior bedroom indoors kitchen study livingroom|living room",
    "street": "street road alley lane avenue village",
    "sky": "sky skies heaven",
}

PLURALS: dict[str, str] = {
    "fish": "fish",
    "sheep": "sheep",
    "goose": "geese",
    "mouse": "mice",
    "cactus": "cacti",
    "snowman": "snowmen",
    "spaceman": "spacemen",
    "man": "men",
    "woman": "women",
    "child": "children",
    "person": "persons",
    "leaf": "leaves",
    "fungus": "fungi",
    "dice": "dice",
    "settings": "settings",
    "aircraft": "aircraft",
    "spacecraft": "spacecraft",
}


def names(line: str) -> list[str]:
    """Single words stand before the first bar, phrases between bars."""
    words, *phrases = line.split("|")
    return [*words.split(), *phrases]


def plural(noun: str) -> str:
    head, _, last = noun.rpartition(" ")
    if last in PLURALS:
        ending = PLURALS[last]
    elif last.endswith(("s", "x", "ch", "sh")):
        ending = f"{last}es"
    elif last.endswith("y") and last[-2] not in "aeo":
        ending = f"{last[:-1]}ies"
    else:
        ending = f"{last}s"
    return f"{head} {ending}".strip()
