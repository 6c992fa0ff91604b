"""What pictures are, judged by a decoder and not by what the server says of them."""

import base64
import hashlib
import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image


@dataclass(frozen=True, slots=True)
class Seen:
    content_type: str
    width: int
    height: int
    sha256: str

    @property
    def size(self) -> str:
        return f"{self.width}x{self.height}"


def seen(data: bytes) -> Seen:
    """Decode a whole picture."""
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        kind = f"image/{(picture.format or '').lower()}"
        return Seen(kind, *picture.size, hashlib.sha256(data).hexdigest())


def in_base64(item: Any) -> Seen:
    text = item["b64_json"] if isinstance(item, dict) else item.b64_json
    return seen(base64.b64decode(text, validate=True))


async def behind(link: str) -> Seen:
    """The picture behind a link, fetched by somebody who has no key."""
    async with httpx.AsyncClient() as nobody:
        answer = await nobody.get(link)
    assert answer.status_code == 200, answer.text
    found = seen(answer.content)
    assert answer.headers["content-type"] == found.content_type
    return found
