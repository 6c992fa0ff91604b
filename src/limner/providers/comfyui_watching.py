"""How far an order is, step by step: what ComfyUI tells over a WebSocket while it draws.

Only news come this way. Whether an order has ended is asked of the history, so a socket that
breaks, or that a proxy never opens, costs nothing but the steps.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlencode

import msgspec

CONNECT_S = 5.0
AGAIN_S = 5.0
"""Before a socket that broke is opened anew."""
HEARTBEAT_S = 30.0
LARGEST = 16 * 1024 * 1024
"""Bytes of a message; previews come this way too, and are not read."""
LAST = ("execution_success", "execution_error", "execution_interrupted")


class News(msgspec.Struct, frozen=True):
    prompt_id: str | None = None
    node: str | None = None
    value: float = 0.0
    max: float = 0.0


class Message(msgspec.Struct, frozen=True):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")


class Watch:
    """What was heard of one order. `nodes` are those whose steps count; else whichever has some."""

    def __init__(self, prompt_id: str, nodes: Sequence[str] = ()) -> None:
        self.connected = asyncio.Event()
        self.over = False
        """Whether it was heard that the order has ended."""
        self._prompt_id = prompt_id
        self._shares: dict[str, float] = dict.fromkeys(nodes, 0.0)
        self._named = bool(nodes)
        self._last = ""
        self._news = asyncio.Event()

    @property
    def done(self) -> float:
        if self._named:
            return sum(self._shares.values()) / len(self._shares)
        return self._shares.get(self._last, 0.0)

    async def rest(self, seconds: float) -> None:
        """Wait for news, so long at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()

    def heard_steps(self) -> bool:
        """Whether there were news since this was asked last, and no end."""
        heard = self._news.is_set()
        self._news.clear()
        return heard and not self.over

    def hear(self, text: str | bytes) -> None:
        try:
            message = msgspec.json.decode(text, type=Message)
            news = msgspec.json.decode(message.data, type=News)
        except msgspec.MsgspecError:
            return
        if news.prompt_id not in (None, self._prompt_id):
            return
        if message.type in LAST or (message.type == "executing" and news.node is None):
            self.over = True
            self._news.set()
        elif message.type == "progress" and news.max > 1:
            self._step(news.node or "", min(max(news.value / news.max, 0.0), 1.0))

    def _step(self, node: str, share: float) -> None:
        if not self._named or node in self._shares:
            self._shares[node], self._last = share, node
            self._news.set()


@asynccontextmanager
async def watched(
    base_url: str, headers: Mapping[str, str], prompt_id: str, nodes: Sequence[str] = ()
) -> AsyncIterator[Watch]:
    """A watch for as long as the block lasts, its socket open if that can be had at once."""
    watch = Watch(prompt_id, nodes)
    url = f"{base_url}/ws?{urlencode({'clientId': prompt_id})}"
    listening = asyncio.create_task(listened(url, headers, watch))
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_S):
                await watch.connected.wait()
        yield watch
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def listened(url: str, headers: Mapping[str, str], watch: Watch) -> None:
    """Hear what is told until this is cancelled, over as many sockets as it takes."""
    # aiohttp takes 10 MiB, which whoever has no such server saves.
    import aiohttp

    while True:
        try:
            async with (
                aiohttp.ClientSession(trust_env=False) as session,
                session.ws_connect(
                    url, headers=headers, heartbeat=HEARTBEAT_S, max_msg_size=LARGEST
                ) as socket,
            ):
                watch.connected.set()
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        watch.hear(message.data)
        except (aiohttp.ClientError, OSError, TimeoutError):
            pass  # without news the order is asked for all the same
        watch.connected.set()
        await asyncio.sleep(AGAIN_S)
