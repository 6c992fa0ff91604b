"""JSON of the sheets as plain values."""

import msgspec


def value_of(text: str) -> object:
    return msgspec.json.decode(text)
