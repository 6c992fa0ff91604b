"""Pictures that a command is given: files, addresses and ids of files, as fields of a request."""

import base64
import re
from collections.abc import Sequence
from pathlib import Path

import typer

from limner.cli.client import is_address

FILE_ID = re.compile(r"file_[0-9A-Za-z]{24}")


def picture_field(given: str, hint: str) -> tuple[str, str]:
    """The field a picture goes in, and its value. `hint` names the argument it came in."""
    if is_address(given) or given.startswith("data:"):
        return "image_url", given
    if FILE_ID.fullmatch(given):
        return "image_file_id", given
    return "image_base64", base64.b64encode(read(given, hint)).decode()


def references(given: Sequence[str], hint: str) -> list[dict[str, str]] | None:
    """Further pictures, as entries of `images`."""
    fields = [picture_field(one, hint) for one in given]
    names = {"image_file_id": "file_id"}
    return [{names.get(name, name): value} for name, value in fields] or None


def read(given: str, hint: str) -> bytes:
    try:
        return Path(given).read_bytes()
    except OSError as error:
        why = error.strerror or "unknown reason"
        raise typer.BadParameter(f"{given} cannot be read: {why}", param_hint=hint) from None


def stem_of(given: str) -> str:
    """What files made of a picture are named after."""
    return Path(given.partition("?")[0]).stem if "data:" not in given else "picture"
