"""`limner serve`: the server, in one process or several that share a socket."""

import errno
import socket
from dataclasses import dataclass
from typing import Annotated

import msgspec
import typer
import uvloop

from limner import settings as configuration
from limner.app import Limner
from limner.cli.beginning import first_key, refuse_open_door
from limner.cli.local import opened
from limner.cli.logs import configure_logs
from limner.cli.options import Data, commands
from limner.cli.process import listen
from limner.cli.process import serve as serve_process
from limner.cli.screen import JSON, fail, say
from limner.cli.workers import supervised
from limner.settings import Settings

app = commands()
EVERYWHERE = ("0.0.0.0", "::")

HINTS = {
    errno.EADDRINUSE: "another program has it; --port names another, --port 0 takes a free one",
    errno.EACCES: "this user may not have it; ports from 1024 up are free to all",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


@app.command()
def serve(
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on. Default: 127.0.0.1."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="PORT", help="Port; 0 takes a free one. Default: 8000."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Processes that serve. Default: 1.")
    ] = None,
    data: Data = None,
    as_json: Annotated[
        bool, typer.Option(JSON, help="Print one line of JSON when ready: url, test_key.")
    ] = False,
) -> None:
    """Serve the API until Ctrl-C; the first start makes a test key and shows it.

    Defaults come from LIMNER_HOST, LIMNER_PORT, LIMNER_WORKERS and limner.toml, if they are there.
    Ctrl-C lets running jobs end first; a second Ctrl-C does not wait for them.
    """
    settings = configuration.load(host=host, port=port, workers=workers, data_dir=data)
    configure_logs(settings.log_level)
    with bound(settings) as listener:
        told = Told(url_of(listener), listener.getsockname()[0] in EVERYWHERE, as_json)
        if settings.workers == 1:
            uvloop.run(alone(settings, listener, told))
            return
        uvloop.run(prepared(settings, listener, told))
        supervised(settings, listener, told.ready)


def bound(settings: Settings) -> socket.socket:
    """A listener as the settings want it; ends the command where that cannot be."""
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        hint = HINTS.get(error.errno or 0)
        fail(
            f"cannot listen on {settings.host} port {settings.port}: {error.strerror}"
            + (f" ({hint})" if hint else ""),
            code="cannot_listen",
        )


def url_of(listener: socket.socket) -> str:
    """Where this machine itself finds the server."""
    host, port = listener.getsockname()[:2]
    if host in EVERYWHERE:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(slots=True)
class Told:
    """What the operator is told: lines as things happen, or one of JSON when all is ready."""

    url: str
    everywhere: bool
    as_json: bool
    test_key: str | None = None

    def key(self, secret: str) -> None:
        self.test_key = secret
        if not self.as_json:
            say(f"test key: {secret}")
            say("  It simulates every model and costs nothing. It is shown this once: keep it now.")

    def ready(self) -> None:
        if self.as_json:
            say(msgspec.json.encode({"url": self.url, "test_key": self.test_key}).decode())
        else:
            where = "on every address of this machine; " if self.everywhere else ""
            say(f"limner is ready at {self.url} ({where}Ctrl-C stops it)")


async def alone(settings: Settings, listener: socket.socket, told: Told) -> None:
    async with opened(settings) as limner:
        await begin(limner, listener, told)
        await serve_process(limner, listener, told.ready)


async def prepared(settings: Settings, listener: socket.socket, told: Told) -> None:
    """What must be done once before several processes serve: migrations and the first key."""
    async with opened(settings) as limner:
        await begin(limner, listener, told)


async def begin(limner: Limner, listener: socket.socket, told: Told) -> None:
    await refuse_open_door(limner, listener)
    if secret := await first_key(limner):
        told.key(secret)
