"""`multipart/form-data` as it arrives: parts in any order, cut anywhere, none held whole."""

import logging
from dataclasses import dataclass
from typing import TypeAlias

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from limner.errors import InvalidParams

MOST_PARTS = 16
MOST_HEADERS = 8
LONGEST_HEADER = 4096
QUIET = logging.Logger("limner.multipart", logging.CRITICAL + 1)
"""The parser's own words quote what was sent, and what was sent stays out of the log."""


@dataclass(frozen=True, slots=True)
class PartBegins:
    name: str
    filename: str | None
    content_type: str


@dataclass(frozen=True, slots=True)
class PartData:
    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnds:
    pass


Event: TypeAlias = PartBegins | PartData | PartEnds


def is_form(content_type: str | None) -> bool:
    return (content_type or "").strip().lower().startswith("multipart/form-data")


def boundary_of(content_type: str | None, holds: str) -> bytes:
    """Raises InvalidParams for a body that is no form."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise InvalidParams(
            f"the body must be multipart/form-data with a boundary, holding {holds}"
        )
    return boundary


class Form:
    """Bytes go in as they come, and what they say comes out."""

    def __init__(
        self,
        content_type: str | None,
        *,
        holds: str = "`file` and `purpose`",
        most_parts: int = MOST_PARTS,
    ) -> None:
        """Raises InvalidParams."""
        boundary = boundary_of(content_type, holds)
        self._most_parts = most_parts
        self._events: list[Event] = []
        self._header = b""
        self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._parts = 0
        self._whole = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._add_name,
                    "on_header_value": self._add_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._add_data,
                    "on_part_end": self._end,
                    "on_end": self._close,
                },
                max_header_count=MOST_HEADERS,
                max_header_size=LONGEST_HEADER,
            )
        except FormParserError:
            raise InvalidParams("the boundary of the form is too long") from None
        self._parser.logger = QUIET

    def feed(self, data: bytes) -> list[Event]:
        """What these bytes add to what came before. Raises InvalidParams."""
        self._events = []
        try:
            self._parser.write(data)
        except FormParserError:
            raise broken("its parts cannot be told apart") from None
        return self._events

    def finish(self) -> None:
        """Raises InvalidParams when the closing boundary has not come."""
        if not self._whole:
            raise broken("it ends before its closing boundary")

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > self._most_parts:
            raise broken(f"it has more than {self._most_parts} parts")
        self._headers = {}

    def _add_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _end_headers(self) -> None:
        said = self._headers.get(b"content-disposition", b"").decode("latin-1")
        _, options = parse_options_header(said)
        name = options.get(b"name")
        if name is None:
            raise broken("a part has no name")
        filename = options.get(b"filename")
        self._events.append(
            PartBegins(
                text(name),
                None if filename is None else unescaped(text(filename)),
                text(self._headers.get(b"content-type", b"")),
            )
        )

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if end > start:
            self._events.append(PartData(bytes(data[start:end])))

    def _end(self) -> None:
        self._events.append(PartEnds())

    def _close(self) -> None:
        self._whole = True


def text(data: bytes) -> str:
    """Names are UTF-8 nowadays; others are taken letter by letter."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def unescaped(name: str) -> str:
    """As browsers write what a quoted name cannot hold."""
    return name.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def broken(why: str) -> InvalidParams:
    return InvalidParams(f"the form is broken: {why}; nothing was stored")
