"""Reading values of a query; what is not sent is None, what is wrong is refused by name."""

from collections.abc import Mapping, Sequence

from limner.errors import InvalidParams

MOST_DIGITS = 18


def given(query: Mapping[str, str]) -> dict[str, str]:
    """What a query holds, without empty values. Raises InvalidParams for what no database takes."""
    for name, value in query.items():
        if "\0" in value:
            raise InvalidParams(f"{name[:64]} holds a NUL character", param=name[:64])
    return {name: value for name, value in query.items() if value}


def whole(query: Mapping[str, str], name: str, least: int, most: int) -> int | None:
    """A whole number. Raises InvalidParams with its bounds."""
    text = query.get(name)
    if text is None:
        return None
    digits = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    if not digits or not least <= int(text) <= most:
        raise InvalidParams(f"{name} must be a whole number from {least} to {most}", param=name)
    return int(text)


def one_of(query: Mapping[str, str], name: str, words: Sequence[str]) -> str | None:
    """One of some words. Raises InvalidParams with them."""
    text = query.get(name)
    if text is not None and text not in words:
        raise InvalidParams(f"{name} must be one of {', '.join(words)}", param=name)
    return text
