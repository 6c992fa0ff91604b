"""A Chromium without a window, driven by its debugging protocol, that opens pages with a key."""

import asyncio
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LISTENS = re.compile(rb"DevTools listening on (ws://\S+)")
STARTS_WITHIN_S = 30.0


def chromium() -> str | None:
    """The one of this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session = ""
        self.given: set[str] = set()
        """What was answered with 200."""

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        asked: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            asked["sessionId"] = self._session
        await self._socket.send_json(asked)
        while True:
            said = await self._socket.receive_json()
            if said.get("method") == "Network.responseReceived":
                response = said["params"]["response"]
                self.given |= {response["url"]} if response["status"] == 200 else set()
            if said.get("id") == number:
                assert "error" not in said, said
                result: dict[str, Any] = said["result"]
                return result

    async def begin(self, headers: Mapping[str, str], folder: Path) -> None:
        """A tab whose every request has these headers; what it downloads goes to a folder."""
        await self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        await self.call("Network.enable")
        await self.call("Network.setExtraHTTPHeaders", headers=dict(headers))
        await self.call("Page.enable")

    async def open(self, url: str) -> None:
        """As if the address had been typed; a download is no failure."""
        await self.call("Page.navigate", url=url)


@asynccontextmanager
async def browsing(program: str, folder: Path) -> AsyncIterator[Browser]:
    process = await asyncio.create_subprocess_exec(
        program,
        "--headless=new",
        "--disable-gpu",
        "--no-first-run",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder / 'profile'}",
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
        "about:blank",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            address = await listening(process)
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, max_msg_size=0) as socket,
        ):
            yield Browser(socket)
    finally:
        process.kill()
        await process.communicate()


async def listening(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if found := LISTENS.search(line):
            return found[1].decode()
    raise AssertionError("Chromium ended before it listened")
