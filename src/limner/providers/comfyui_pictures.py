"""Pictures on their way to ComfyUI and back: uploaded before an order, fetched by name after it.

What is uploaded lies in a folder named after its bytes, so the same picture is kept there once.
"""

from urllib.parse import urlencode

import msgspec

from limner.providers.base import InputImage, Order, ProviderError
from limner.providers.comfyui_fields import WHO
from limner.providers.failures import failure
from limner.providers.http import Reply

FOLDER = "limner"
QUALITY = 90
"""Of JPEG and WebP, where an order says none."""
FILES = {"png": (".png",), "jpeg": (".jpg", ".jpeg"), "webp": (".webp",)}


class Picture(msgspec.Struct, frozen=True):
    filename: str
    subfolder: str = ""
    type: str = "output"

    def link(self, order: Order) -> str:
        """Where it is fetched from, in the format that was ordered: ComfyUI converts it then."""
        query = {"filename": self.filename, "subfolder": self.subfolder, "type": self.type}
        compression = order.params.get("output_compression")
        fits = self.filename.lower().endswith(FILES[order.output_format])
        if order.output_format == "png":
            query |= {} if fits else {"channel": "rgb"}
        elif not fits or compression is not None:
            quality = QUALITY if compression is None else compression
            query["preview"] = f"{order.output_format};{quality}"
        return f"view?{urlencode(query)}"


class Uploaded(msgspec.Struct, frozen=True):
    name: str
    subfolder: str = ""


def upload_fields(image: InputImage) -> dict[str, str]:
    return {"type": "input", "subfolder": f"{FOLDER}/{image.sha256}"}


def read_uploaded(reply: Reply) -> str:
    """What an uploaded picture is called in a graph. Raises ProviderError."""
    try:
        kept = msgspec.json.decode(reply.body, type=Uploaded) if reply.status == 200 else None
    except msgspec.MsgspecError:
        kept = None
    if kept is None:
        raise not_uploaded(f"HTTP {reply.status} to a picture")
    return f"{kept.subfolder}/{kept.name}" if kept.subfolder else kept.name


def not_uploaded(detail: str) -> ProviderError:
    """Nothing was ordered by then, whatever became of the picture."""
    return failure(WHO, "known_not_run", detail=detail)
