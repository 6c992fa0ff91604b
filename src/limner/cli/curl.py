"""The demo's first picture: the request of the API's own example, sent by `curl`."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from limner.cli.client import Refusal, opened, told_refusal
from limner.cli.screen import fail, note

CURL = """\
curl {url}/v1/images/generations \\
  -H "Authorization: Bearer $INFERY_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{
    "model": "dall-e-3",
    "prompt": "An isometric dev dashboard, neon green accents, dark theme",
    "size": "1024x1024",
    "n": 1
  }}'"""
LONGEST_S = 120


class Picture(msgspec.Struct):
    url: str


class Answer(msgspec.Struct):
    data: list[Picture]
    credits_used: float


def drawn_with_curl(command: str, url: str, key: str, file: Path) -> float:
    """Run the command, write its picture to the file, return the credits it took."""
    answer = curled(command, key) if shutil.which("curl") else posted(command, url, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(asyncio.run(fetched(url, answer.data[0].url)))
    return answer.credits_used


def curled(command: str, key: str) -> Answer:
    # A proxy of the operator's would look for 127.0.0.1 on its own machine.
    environment = os.environ | {"INFERY_API_KEY": key, "NO_PROXY": "*", "no_proxy": "*"}
    done = subprocess.run(
        ["sh", "-c", command],
        env=environment,
        capture_output=True,
        check=False,
        timeout=LONGEST_S,
    )
    try:
        return msgspec.json.decode(done.stdout, type=Answer)
    except msgspec.MsgspecError:
        said = (done.stdout or done.stderr).decode(errors="replace")
        fail(f"curl ended with {done.returncode} and this answer: {said[-1000:]}")


def posted(command: str, url: str, key: str) -> Answer:
    note("(curl is not installed here, so limner sends the same request itself)")
    body = msgspec.json.decode(command.partition("-d '")[2].rstrip("'"))
    return asyncio.run(sent(url, key, body))


async def sent(url: str, key: str, body: object) -> Answer:
    async with opened(url, key) as api:
        try:
            return msgspec.convert(await api.post("/v1/images/generations", body), Answer)
        except Refusal as refusal:
            told_refusal(refusal)


async def fetched(url: str, link: str) -> bytes:
    async with opened(url, "none needed") as api:
        try:
            data, _ = await api.download(link)
        except Refusal as refusal:
            told_refusal(refusal)
    return data
