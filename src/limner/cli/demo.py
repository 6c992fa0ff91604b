"""`limner demo`: a server, a first picture by `curl`, a second by `limner generate`."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from limner.app import Limner
from limner.cli.beginning import default_workspace
from limner.cli.client import Refusal, opened
from limner.cli.local import administer
from limner.cli.options import Data, local
from limner.cli.process import listen
from limner.cli.screen import fail, say

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
SECOND_PROMPT = "a red fox in a snowy forest at dusk"
READY_S = 30.0
MONTH_S = 30 * 86_400


class Picture(msgspec.Struct):
    url: str


class Answer(msgspec.Struct):
    data: list[Picture]
    credits_used: float


def demo(
    port: Annotated[
        int | None, typer.Option(help="Port to serve on.", show_default="8000, or a free one")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the pictures.")] = False,
    data: Data = None,
) -> None:
    """Start a server, draw two pictures, say what to try next; ends with 1 if a step failed."""
    signal.signal(signal.SIGTERM, interrupt)
    settings = local(data)
    url = f"http://127.0.0.1:{chosen_port(port)}"
    key = administer(data, test_key)
    with server(url, settings.data_dir):
        say(f"limner is up at {url}, with its data in {settings.data_dir}/")
        say(f"test key, for a month: {key}\n")
        first = settings.data_dir / "demo" / "first-picture.png"
        second = first.with_name("second-picture.png")
        draw_with_curl(url, key, first)
        draw_with_generate(url, key, second)
        if once:
            return
        say_what_next(url, key)
        stay()


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def chosen_port(port: int | None) -> int:
    """The port asked for, or 8000, or one that is free; ends the command when it is taken."""
    for wanted in (8000, 0) if port is None else (port,):
        try:
            with listen("127.0.0.1", wanted) as listener:
                return int(listener.getsockname()[1])
        except OSError as error:
            problem = error.strerror
    fail(f"port {port} cannot be used: {problem}")


async def test_key(limner: Limner) -> str:
    workspace = await default_workspace(limner)
    _, secret = await limner.services.accounts.create_key(
        workspace, "test", "demo", lives_s=MONTH_S
    )
    return secret


@contextmanager
def server(url: str, data: Path) -> Iterator[None]:
    """`limner serve` in a process of its own, ready inside the block and stopped behind it."""
    port = url.rpartition(":")[2]
    command = [*LIMNER, "serve", "--host", "127.0.0.1", "--port", port, "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            asyncio.run(until_ready(url, process))
            yield
        finally:
            process.terminate()
            process.wait()


LIMNER = (sys.executable, "-m", "limner")


async def until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + READY_S
    async with opened(url, "none needed") as api:
        while time.monotonic() < give_up and process.poll() is None:
            if await api.is_ready():
                return
            await asyncio.sleep(0.1)
    fail("the server did not start; what it said stands above")


def draw_with_curl(url: str, key: str, file: Path) -> None:
    """The request as any program would send it."""
    command = CURL.format(url=url)
    say(f"The first picture, with curl:\n\n{command}\n")
    answer = curled(command, key) if shutil.which("curl") else posted(url, key)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(asyncio.run(fetched(url, answer.data[0].url)))
    say(f"  -> {file} ({answer.credits_used:g} play credits)\n")


def curled(command: str, key: str) -> Answer:
    environment = os.environ | {"INFERY_API_KEY": key}
    done = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, check=False, timeout=120
    )
    try:
        return msgspec.json.decode(done.stdout, type=Answer)
    except msgspec.MsgspecError:
        said = (done.stdout or done.stderr).decode(errors="replace")
        fail(f"curl ended with {done.returncode} and this answer: {said[-1000:]}")


def posted(url: str, key: str) -> Answer:
    say("(curl is not installed here, so limner sends the same request itself)")
    body = msgspec.json.decode(CURL.partition("-d '")[2].rstrip("'").format())
    return asyncio.run(sent(url, key, body))


async def sent(url: str, key: str, body: object) -> Answer:
    async with opened(url, key) as api:
        try:
            return msgspec.convert(await api.post("/v1/images/generations", body), Answer)
        except Refusal as refusal:
            fail(refusal.message)


async def fetched(url: str, link: str) -> bytes:
    async with opened(url, "none needed") as api:
        try:
            data, _ = await api.download(link)
        except Refusal as refusal:
            fail(refusal.message)
    return data


def draw_with_generate(url: str, key: str, file: Path) -> None:
    """The same through limner's own command."""
    say(f'The second, with: limner generate "{SECOND_PROMPT}" -o {file}\n')
    environment = os.environ | {"INFERY_API_KEY": key, "LIMNER_URL": url}
    command = [*LIMNER, "generate", SECOND_PROMPT, "-o", str(file)]
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode or not file.exists():
        fail(f"limner generate ended with {done.returncode}")
    say(f"  -> {file}\n")


def say_what_next(url: str, key: str) -> None:
    say("Try next, in another terminal:\n")
    say(f"  export LIMNER_URL={url} INFERY_API_KEY={key}")
    say('  limner generate "three yellow balloons over the sea at sunset" -n 2')
    say("  limner model list")
    say("  limner estimate gpt-image-2 --size 1024x1024 --quality high")
    say("  limner provider add openai --api-key-env OPENAI_API_KEY   # for live pictures")
    say("\nCtrl-C stops the server.")


def stay() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        say("\nstopping")
