"""Reading multipart/form-data as an upstream does: strictly, and remembering what came."""

import hashlib
import io
import re
from dataclasses import dataclass, field

from PIL import Image

NAME = re.compile(rb'(?i)content-disposition: form-data; name="([^"]*)"(?:; filename="([^"]*)")?')
TYPE = re.compile(rb"(?i)content-type: ([^\r\n]+)")
BOUNDARY = re.compile(r"multipart/form-data; boundary=([A-Za-z0-9'()+_,./:=?-]{1,70})")


class BadForm(ValueError):
    """The body is no form."""


@dataclass(frozen=True, slots=True)
class FilePart:
    name: str
    filename: str
    content_type: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def opened(self) -> Image.Image:
        """Raises OSError for what is no picture."""
        return Image.open(io.BytesIO(self.data))


@dataclass(frozen=True, slots=True)
class Form:
    """`texts` by name; files in the order in which they came."""

    texts: dict[str, str]
    files: list[FilePart]

    def named(self, *names: str) -> list[FilePart]:
        return [file for file in self.files if file.name in names]


def read_form(content_type: str, body: bytes) -> Form:
    """Raises BadForm for anything but whole parts between the boundary that was announced."""
    announced = BOUNDARY.fullmatch(content_type)
    if announced is None:
        raise BadForm(f"no boundary in {content_type!r}")
    mark = b"--" + announced[1].encode()
    if not body.startswith(mark + b"\r\n") or not body.endswith(b"\r\n" + mark + b"--\r\n"):
        raise BadForm("the form does not begin and end with its boundary")
    texts: dict[str, str] = {}
    files: list[FilePart] = []
    for part in body[len(mark) + 2 : -len(mark) - 6].split(b"\r\n" + mark + b"\r\n"):
        head, found, data = part.partition(b"\r\n\r\n")
        named = NAME.match(head)
        if not found or named is None:
            raise BadForm("a part has no name")
        name = named[1].decode()
        if named[2] is None:
            if name in texts:
                raise BadForm(f"{name} is there twice")
            texts[name] = data.decode()
        else:
            told = TYPE.search(head)
            kind = told[1].decode() if told else "application/octet-stream"
            files.append(FilePart(name, named[2].decode(), kind, data))
    return Form(texts, files)
