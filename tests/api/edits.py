"""Pictures and requests that the tests of edits and upscaling share."""

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from tests.contract.gateway import Gateway

EDITS, UPSCALE = "/v1/images/edits", "/v1/images/upscale"
SIZE = (96, 64)


def picture(colour: str = "orange", size: tuple[int, int] = SIZE, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def mask(size: tuple[int, int] = SIZE, mode: str = "RGBA") -> bytes:
    """Transparent on its left half, where that can be."""
    whole = Image.new("RGBA", size, (0, 0, 0, 255))
    whole.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    whole.convert(mode).save(out, "PNG")
    return out.getvalue()


PICTURE = picture()


def text(data: bytes = PICTURE) -> str:
    return base64.b64encode(data).decode()


def uri(data: bytes = PICTURE, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{text(data)}"


def wanted(**fields: Any) -> dict[str, Any]:
    return {"model": "sketch-1", "prompt": "in sepia", "seed": 7, "image_base64": text()} | fields


def parts(**fields: str) -> dict[str, str]:
    return {"model": "sketch-1", "prompt": "in sepia", "seed": "7"} | fields


async def edited(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post(EDITS, json=wanted(**fields))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def formed(
    client: httpx.AsyncClient, files: Sequence[tuple[str, bytes]], **fields: str
) -> httpx.Response:
    sent = [(name, (f"{name}.png", data, "image/png")) for name, data in files]
    return await client.post(EDITS, data=parts(**fields), files=sent)


async def uploaded(client: httpx.AsyncClient, data: bytes = PICTURE) -> str:
    answer = await client.post(
        "/v1/files", data={"purpose": "vision"}, files={"file": ("a.png", data, "image/png")}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def seen(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def spooled(gateway: Gateway) -> list[Path]:
    """What lies on the disk while requests with pictures are at work."""
    folder = gateway.server.settings.data_dir / "files" / "tmp"
    return [path for path in folder.iterdir() if path.name.startswith("in_")]
