"""Names are resolved in threads of their own: a name server that stalls holds up nobody else."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

THREADS = ThreadPoolExecutor(8, thread_name_prefix="names")


class Names(AbstractResolver):
    """What the system's resolver says, asked once for each connection and never kept."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=0,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, address in await addresses(host, port, family)
        ]

    async def close(self) -> None:
        """The threads are everybody's."""


async def addresses(
    host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
) -> list[tuple[socket.AddressFamily, str]]:
    """Raises OSError for a name that leads nowhere."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(THREADS, looked_up, host, port, family)


def looked_up(
    host: str, port: int, family: socket.AddressFamily
) -> list[tuple[socket.AddressFamily, str]]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [(kind, str(address[0])) for kind, _, _, _, address in found]
