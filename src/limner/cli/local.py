"""Administration works on the local data themselves; a running server sees it within seconds."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from limner.app import Limner, built, database_url
from limner.cli.options import local
from limner.cli.screen import note
from limner.errors import ConfigError
from limner.metrics.neighbours import ALONE, Seat
from limner.settings import Settings

Result = TypeVar("Result")


@asynccontextmanager
async def opened(settings: Settings, seat: Seat = ALONE) -> AsyncIterator[Limner]:
    """A limner on its data folder, which is made if need be. Raises ConfigError, DatabaseAway."""
    prepare(settings.data_dir)
    async with built(settings, seat) as limner:
        yield limner


def prepare(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise unusable(folder, "there is a file of that name") from None
    except OSError as error:
        raise unusable(folder, error.strerror or "it cannot be made") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise unusable(folder, "this user may not write there")


def unusable(folder: Path, why: str) -> ConfigError:
    return ConfigError(
        f"the data folder {folder} cannot be used: {why}. "
        "Name another with --data or LIMNER_DATA_DIR"
    )


def database_there(settings: Settings) -> str:
    """The url of the database, unless it were a SQLite file that is yet to be made.

    Raises ConfigError.
    """
    folder = settings.data_dir
    if not settings.database_url and not (folder / "limner.db").exists():
        raise ConfigError(
            f"there are no data in {folder.absolute()}; name their folder with --data"
        )
    return database_url(settings)


def run_undone_by_signals(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; Ctrl-C and SIGTERM break off work at once, though it hardly ever awaits."""
    before = signal.getsignal(signal.SIGTERM)

    async def begin() -> Result:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        return await work

    try:
        return asyncio.run(begin())
    finally:
        signal.signal(signal.SIGTERM, before)


def administer(data: Path | None, work: Callable[[Limner], Awaitable[Result]]) -> Result:
    """Open the data, do the work, close again."""
    settings = local(data)
    prepare(settings.data_dir)
    if not settings.database_url and not (settings.data_dir / "limner.db").exists():
        # Who stands in the wrong folder must see that these are not the data they know.
        note(f"note: there were no data in {settings.data_dir.absolute()}; new ones begin here")
    return done(settings, work)


def done(settings: Settings, work: Callable[[Limner], Awaitable[Result]]) -> Result:
    """Like `administer`, where new data are nothing to speak of."""

    async def run() -> Result:
        async with opened(settings) as limner:
            return await work(limner)

    return asyncio.run(run())
