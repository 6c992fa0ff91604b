"""Plain curl, as people and shell scripts use it."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def frames(self) -> list[dict[str, Any]]:
        """The frames of a stream, which must have come to its end."""
        *blocks, done, rest = self.body.decode().split("\n\n")
        assert (done, rest) == ("data: [DONE]", "")
        data = [block for block in blocks if not block.startswith(":")]
        return [json.loads(block.removeprefix("data: ")) for block in data]


@dataclass(frozen=True, slots=True)
class Curl:
    api: str
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    async def __call__(self, path: str, *words: str, body: object = None) -> Answer:
        """Words are further arguments of curl; a body is posted as JSON."""
        told = dict(self.headers)
        if self.key:
            told["authorization"] = f"Bearer {self.key}"
        if body is not None:
            told["content-type"] = "application/json"
            words = (*words, "--data-binary", "@-")
        named = [word for item in told.items() for word in ("-H", ": ".join(item))]
        return read(await run([*named, *words, f"{self.api}{path}"], json.dumps(body).encode()))


async def run(words: list[str], given: bytes) -> bytes:
    process = await asyncio.create_subprocess_exec(
        "curl", "--silent", "--show-error", "--include", "--max-time", "60", *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate(given)
    assert process.returncode == 0, process.returncode
    return said


def read(said: bytes) -> Answer:
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if first.split(" ")[1] == "100":
        return read(body)
    pairs = (line.partition(":") for line in lines)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Answer(int(first.split(" ")[1]), headers, body)
