"""A form with pictures, as upstreams take it: built once, whole, in a thread.

All of it must be at hand before anything is sent: a body that broke off could not be told from an
order. Each picture is read from where it lies straight into it.
"""

import asyncio
import io
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from limner.providers.base import InputImage, ProviderError

SUFFIXES: Mapping[str, str] = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
}


@dataclass(frozen=True, slots=True)
class Form:
    content_type: str
    body: bytes = field(repr=False)


async def built_form(fields: Mapping[str, str], pictures: Iterable[tuple[str, InputImage]]) -> Form:
    """Text fields, then pictures by the name of their part. Raises ProviderError."""
    try:
        return await asyncio.to_thread(written, fields, list(pictures), secrets.token_hex(16))
    except OSError as error:
        raise ProviderError(
            "the pictures to work on could not be read",
            outcome="known_not_run",
            detail=type(error).__name__,
        ) from error


def written(
    fields: Mapping[str, str], pictures: Iterable[tuple[str, InputImage]], boundary: str
) -> Form:
    """The parts one after the other, without a second copy of any but the one being read."""
    body = io.BytesIO()
    for name, text in fields.items():
        body.write(
            f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n'.encode()
        )
        body.write(text.encode())
        body.write(b"\r\n")
    for number, (name, image) in enumerate(pictures, 1):
        suffix = SUFFIXES.get(image.content_type, "bin")
        file_name = f"{name.removesuffix('[]')}-{number}.{suffix}"
        body.write(
            f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"; '
            f'filename="{file_name}"\r\ncontent-type: {image.content_type}\r\n\r\n'.encode()
        )
        body.write(image.read())
        body.write(b"\r\n")
    body.write(f"--{boundary}--\r\n".encode())
    # BytesIO hands out its own buffer here, not a copy.
    return Form(f"multipart/form-data; boundary={boundary}", body.getvalue())
