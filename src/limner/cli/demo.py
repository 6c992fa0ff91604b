"""`limner demo`: a server, a first picture by `curl`, a second by `limner generate`."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from limner.app import Limner
from limner.cli.beginning import default_workspace
from limner.cli.curl import CURL, drawn_with_curl
from limner.cli.local import done
from limner.cli.options import Data, commands, local
from limner.cli.process import listen
from limner.cli.screen import JSON, fail, note, say, show_json
from limner.cli.workers import LOOK_S, started
from limner.settings import Settings

HOST = "127.0.0.1"
SECOND_PROMPT = "a red fox in a snowy forest at dusk"
MONTH_S = 30 * 86_400
LIMNER = (sys.executable, "-m", "limner")
WHAT_NEXT = """\
Try next, in another terminal:

  export LIMNER_URL={url} INFERY_API_KEY={key}
  limner generate "three yellow balloons over the sea at sunset" -n 2
  limner model list
  limner estimate gpt-image-2 --size 1024x1024 --quality high
  limner provider add openai --api-key-env OPENAI_API_KEY   # for live pictures

Ctrl-C stops the server."""

app = commands()


@app.command()
def demo(
    port: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=0, max=65535, help="Port to serve on. Default: 8000, or a free one."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the pictures.")] = False,
    data: Data = None,
    as_json: Annotated[
        bool, typer.Option(JSON, help="Print JSON after the pictures: url, key, pictures.")
    ] = False,
) -> None:
    """Start a server, draw two pictures, say what to try next; ends with 1 if a step failed.

    The server listens on this machine only, and stays up until Ctrl-C.
    """
    # Also where Ctrl-C is ignored by whoever started this, as shells do for what runs behind them.
    for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop, interrupted)
    tell = note if as_json else say
    # Links must lead to this server, whatever address the operator's other one has.
    settings = msgspec.structs.replace(local(data), public_url="")
    with bound(port) as listener:
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        key = done(settings, demo_key)
        with server(settings, listener) as process:
            tell(f"limner is up at {url}, with its data in {settings.data_dir}/")
            tell(f"test key, for a month: {key}\n")
            pictures = drawn(url, key, settings.data_dir / "demo", tell)
            if as_json:
                show_json({"url": url, "key": key, "pictures": [str(file) for file in pictures]})
            if not once:
                tell(WHAT_NEXT.format(url=url, key=key))
                stay(process, tell)


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def bound(port: int | None) -> socket.socket:
    """On the port asked for, or on 8000 or a free one; ends the command when it is taken."""
    problem = ""
    for wanted in (8000, 0) if port is None else (port,):
        try:
            return listen(HOST, wanted)
        except OSError as error:
            problem = error.strerror or "unknown reason"
    fail(
        f"port {port} cannot be used: {problem}; without --port the demo takes a free one",
        code="cannot_listen",
    )


async def demo_key(limner: Limner) -> str:
    workspace = await default_workspace(limner)
    _, secret = await limner.services.accounts.create_key(
        workspace, "test", "demo", lives_s=MONTH_S
    )
    return secret


@contextmanager
def server(settings: Settings, listener: socket.socket) -> Iterator[BaseProcess]:
    """A process that serves inside the block and is stopped behind it; it ends with this one."""
    member = started(settings, listener)
    try:
        while not member.ready.wait(LOOK_S):
            if not member.process.is_alive():
                fail("the server did not start; what it said stands above")
        yield member.process
    finally:
        member.tell(1)
        member.process.join()


def drawn(url: str, key: str, folder: Path, tell: Callable[[str], None]) -> list[Path]:
    """Both pictures; ends the command when one cannot be drawn."""
    first, second = folder / "first-picture.png", folder / "second-picture.png"
    command = CURL.format(url=url)
    tell(f"The first picture, with curl:\n\n{command}\n")
    took = drawn_with_curl(command, url, key, first)
    tell(f"  -> {first} ({took:g} play credits)\n")
    tell(f'The second, with: limner generate "{SECOND_PROMPT}" -o {second}\n')
    draw_with_generate(url, key, second)
    tell(f"  -> {second}\n")
    return [first, second]


def draw_with_generate(url: str, key: str, file: Path) -> None:
    ran = subprocess.run(
        [*LIMNER, "generate", SECOND_PROMPT, "-o", str(file)],
        env=os.environ | {"INFERY_API_KEY": key, "LIMNER_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=None if sys.stderr.isatty() else subprocess.PIPE,
        check=False,
    )
    if ran.returncode or not file.exists():
        said = (ran.stderr or b"").decode(errors="replace")
        fail(f"limner generate ended with {ran.returncode}. {said}")


def stay(process: BaseProcess, tell: Callable[[str], None]) -> None:
    """Until Ctrl-C, or until the server has gone."""
    try:
        wait([process.sentinel])
    except KeyboardInterrupt:
        tell("\nstopping")
        return
    fail("the server has ended; what it said stands above")
