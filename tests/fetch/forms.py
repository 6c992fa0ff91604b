"""URLs that lead inside in one of the known ways, and canaries that nobody may reach."""

import contextlib
import socket
from collections.abc import AsyncIterator

from tests.standins.receiver import Receiver

UNSAFE = """
    http://127.0.0.1:{port}/ https://127.0.0.1:{port}/ http://127.0.0.1/ http://localhost:{port}/
    http://LOCALHOST:{port}/ http://127.1:{port}/ http://127.0.1:{port}/
    http://2130706433:{port}/ http://0x7f000001:{port}/ http://0x7f.0.0.1:{port}/
    http://0x7f.1:{port}/ http://017700000001:{port}/ http://0177.0.0.1:{port}/
    http://0177.0.0.01:{port}/ http://127.0.0.1.:{port}/ http://127.255.255.254:{port}/
    http://0.0.0.0:{port}/ http://0:{port}/ http://[::]:{port}/ http://[::1]:{port}/
    http://[0:0:0:0:0:0:0:1]:{port}/ http://[::ffff:127.0.0.1]:{port}/
    http://[::ffff:7f00:1]:{port}/ http://[::127.0.0.1]:{port}/ http://[64:ff9b::7f00:1]:{port}/
    http://[2002:7f00:1::]:{port}/ http://[fe80::1%25lo]:{port}/ http://[fc00::1]/ http://[fd00::1]/
    http://[fe80::1]/ http://[ff02::1]/ http://10.0.0.1/ http://10.0.0.1:{port}/
    http://172.16.0.1/ http://192.168.1.1/ http://100.64.0.1/ http://169.254.169.254/latest/
    http://[fd00:ec2::254]/latest/ http://168.63.129.16/ http://100.100.100.200/
    http://198.18.0.1/ http://224.0.0.1/ http://255.255.255.255/ http://240.0.0.1/
    http://8.8.8.8:22/ http://8.8.8.8:6379/ http://[2606:4700::1]:25/
    http://user:pass@127.0.0.1:{port}/ http://example.com@127.0.0.1:{port}/ http://me@8.8.8.8/
    http://127.0.0.1:{port}\\@example.com/ http://127.0.0.1:{port}#@example.com/
    http://①②⑦.0.0.1:{port}/ http://127。0。0。1:{port}/
    file:///etc/passwd ftp://127.0.0.1:{port}/ gopher://127.0.0.1:{port}/ data:,hello
    javascript:alert(1) unix:/run/limner.sock http:/127.0.0.1:{port}/ //127.0.0.1:{port}/
    127.0.0.1:{port} http:// https:///path http://[::1 http://127.0.0.1:99999/ http://:{port}/
"""

PERHAPS = "http://localhost.:{port}/ http://%31%32%37.0.0.1:{port}/ http://127.0.0.1%2e:{port}/"
"""What these lead to, if to anything, differs between resolvers."""


@contextlib.asynccontextmanager
async def canaries() -> AsyncIterator[list[Receiver]]:
    """Servers on one port of every local address, which nobody may reach."""
    async with Receiver(host="127.0.0.1") as first, contextlib.AsyncExitStack() as stack:
        others = [Receiver(host=host, port=first.port) for host in ("127.255.255.254", *SIX)]
        for one in others:
            await stack.enter_async_context(one)
        yield [first, *others]


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


SIX = ("::1",) if has_ipv6() else ()
