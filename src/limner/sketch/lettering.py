"""Letters are a few straight strokes on a grid of three by five, so no font is ever needed."""

from limner.sketch.curves import Point

STROKES: dict[str, str] = {
    "0": "00 20 24 04 00",
    "1": "01 10 14|04 24",
    "2": "00 20 22 02 04 24",
    "3": "00 20 24 04|02 22",
    "4": "00 02 22|20 24",
    "5": "20 00 02 22 24 04",
    "6": "20 00 04 24 22 02",
    "7": "00 20 14",
    "8": "00 20 24 04 00|02 22",
    "9": "22 02 00 20 24 04",
    "A": "04 01 10 21 24|03 23",
    "B": "00 04 14 23 12 21 10 00|02 12",
    "C": "20 00 04 24",
    "D": "00 04 14 23 21 10 00",
    "E": "20 00 04 24|02 12",
    "F": "20 00 04|02 12",
    "G": "20 00 04 24 22 12",
    "H": "00 04|20 24|02 22",
    "I": "00 20|10 14|04 24",
    "J": "20 24 04 03",
    "K": "00 04|20 02 24",
    "L": "00 04 24",
    "M": "04 00 12 20 24",
    "N": "04 00 24 20",
    "O": "00 20 24 04 00",
    "P": "04 00 20 22 02",
    "Q": "00 20 24 04 00|13 24",
    "R": "04 00 20 22 02|12 24",
    "S": "20 00 02 22 24 04",
    "T": "00 20|10 14",
    "U": "00 04 24 20",
    "V": "00 14 20",
    "W": "00 04 12 24 20",
    "X": "00 24|20 04",
    "Y": "00 12 20|12 14",
    "Z": "00 20 04 24",
    "%": "20 04|00 01|23 24",
    ".": "14 14",
    "-": "02 22",
    "+": "02 22|11 13",
    ">": "00 22 04",
    "/": "20 04",
    " ": "",
}
UNKNOWN = "00 20 24 04 00"


def strokes(text: str) -> list[list[Point]]:
    """The lines of a text; a letter is 1 high and 0.5 wide, and 0.8 from the next."""
    lines: list[list[Point]] = []
    for index, letter in enumerate(text.upper()):
        for line in STROKES.get(letter, UNKNOWN).split("|"):
            points = [(int(spot[0]) / 4 + index * 0.8, int(spot[1]) / 4) for spot in line.split()]
            if points:
                lines.append(points)
    return lines


def length(text: str) -> float:
    """How wide a text of height 1 is."""
    return max(0.0, len(text) * 0.8 - 0.3)
