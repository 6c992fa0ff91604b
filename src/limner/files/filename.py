"""A file's name is its caller's, and nothing that a browser, a log or a header could trip over."""

import unicodedata
from urllib.parse import quote

LONGEST = 255
NAMELESS = "file"
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Controls, marks that turn the direction of reading, half characters and other line ends."""
SPECIAL = str.maketrans({'"': "_", "\\": "_", "%": "_"})


def tidied(name: str) -> str:
    """The last part of a path, without characters nobody sees, 255 characters at most."""
    base = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(char for char in base if unicodedata.category(char) not in UNSEEN)
    short = shortened(seen.strip())
    return NAMELESS if short in ("", ".", "..") else short


def shortened(name: str) -> str:
    """A long name keeps its ending, which says what it is."""
    if len(name) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 16:
        return name[:LONGEST].strip()
    return stem[: LONGEST - len(ending) - 1] + dot + ending


def disposition(name: str) -> str:
    """`Content-Disposition` of RFC 6266: a plain name for old clients, and the whole one."""
    plain = name.translate(SPECIAL).encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
