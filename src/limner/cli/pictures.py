"""What a job made as files: fetched, named, and never written over one another."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Self

from limner.cli.client import Api, Refusal

EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/avif": ".avif",
    "image/gif": ".gif",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A file that was named, which is written over, or else free names after the prompt."""

    file: Path
    named: bool

    @classmethod
    def of(cls, output: Path, prompt: str) -> Self:
        if output.is_dir():
            return cls(output / file_stem(prompt), False)
        return cls(output, True)

    def write(self, data: bytes, content_type: str, number: int | None) -> Path:
        """Write one of them, the `number`th of several or the only one. Raises Refusal."""
        file = self.file
        if not (self.named and file.suffix):
            file = file.with_name(file.name + EXTENSIONS.get(content_type, ".bin"))
        file = file if number is None else numbered(file, number)
        file = file if self.named else unused(file)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        except OSError as error:
            why = error.strerror or "unknown reason"
            raise Refusal(f"{file} cannot be written: {why}", "not_written") from None
        return file


async def fetched(api: Api, job: dict[str, Any], target: Target) -> list[Path]:
    """Every picture or take of a job as a file. Raises Refusal."""
    files = []
    for position, item in enumerate(job["data"], 1):
        data, content_type = await api.download(item["url"])
        files.append(target.write(data, content_type, number_of(position, job)))
    return files


def handed_on(answer: dict[str, Any], target: Target) -> list[Path]:
    """The same of an answer that has the pictures in it."""
    alone = len(answer["data"]) == 1
    return [
        target.write(b64decode(one["b64_json"]), one["content_type"], None if alone else position)
        for position, one in enumerate(answer["data"], 1)
    ]


def number_of(position: int, job: dict[str, Any]) -> int | None:
    """The number in a name; the first take of a song is the song, and has none."""
    alone = len(job["data"]) == 1 or (job["modality"] == "music" and position == 1)
    return None if alone else position


def numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.stem}-{number}{file.suffix}")


def unused(file: Path) -> Path:
    """The file's name, or the first numbered one that is free."""
    return next(name for name in names(file) if not name.exists())


def names(file: Path) -> Iterator[Path]:
    yield file
    for number in count(2):
        yield numbered(file, number)


def file_stem(prompt: str) -> str:
    """`A red fox, at dusk!` as `a-red-fox-at-dusk`."""
    words = re.findall(r"\w+", prompt.lower())
    return "-".join(words[:8])[:60] or "picture"
