"""`limner serve`: the server, in one process or several that share a socket."""

import asyncio
import socket
from typing import Annotated

import typer

from limner import settings as configuration
from limner.app import built
from limner.cli.beginning import first_key, refuse_open_door
from limner.cli.logs import configure_logs
from limner.cli.options import Data
from limner.cli.process import listen
from limner.cli.process import serve as serve_process
from limner.cli.screen import fail, say
from limner.cli.workers import supervised
from limner.settings import Settings


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 takes a free one.", show_default="8000")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve.", show_default="1")
    ] = None,
    data: Data = None,
) -> None:
    """Serve the API until Ctrl-C; the first start makes a test key and shows it."""
    settings = configuration.load(host=host, port=port, workers=workers, data_dir=data)
    configure_logs(settings.log_level)
    try:
        listener = listen(settings.host, settings.port)
    except OSError as error:
        fail(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}; "
            "--port 0 takes a free one"
        )
    with listener:
        if settings.workers == 1:
            asyncio.run(alone(settings, listener))
        else:
            asyncio.run(prepared(settings))
            supervised(settings, listener, lambda: announce(listener))


async def alone(settings: Settings, listener: socket.socket) -> None:
    async with built(settings) as limner:
        await refuse_open_door(limner, settings.host)
        show_key(await first_key(limner))
        await serve_process(limner, listener, lambda: announce(listener))


async def prepared(settings: Settings) -> None:
    """What must be done once before several processes serve: migrations and the first key."""
    async with built(settings) as limner:
        await refuse_open_door(limner, settings.host)
        show_key(await first_key(limner))


def show_key(secret: str | None) -> None:
    if secret:
        say(f"test key: {secret}")
        say("  It simulates every model and costs nothing. It is shown this once: keep it now.")


def announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    say(f"limner is ready at http://{shown}:{port} (Ctrl-C stops it)")
