"""Which addresses may be reached for a stranger: public ones, and what the operator named.

The list is our own, because the flags of the standard library differ between its versions. In
IPv6 only what is handed out as global unicast is public, which leaves out every address that
stands for an IPv4 one (mapped, translated by NAT64) except those named here.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from limner.errors import ConfigError

ALL = 0xFFFFFFFF
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS = (80, 443)
"""On public addresses; in a named network every port is open."""


def networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


HANDED_OUT = networks("0.0.0.0/0", "2000::/3")
NOT_PUBLIC = networks(
    "0.0.0.0/8",  # this host
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by the customers of a carrier
    "127.0.0.0/8",
    "169.254.0.0/16",  # link-local, and where clouds keep their metadata
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",  # relays from 6to4
    "192.168.0.0/16",
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",
    "2001::/23",  # Teredo and other special purposes
    "2001:db8::/32",
    "2002::/16",  # 6to4: an IPv4 address in disguise
    "3fff::/20",
)
NEVER = networks(
    "169.254.169.254/32",  # metadata of most clouds
    "169.254.170.2/32",  # credentials of containers
    "100.100.100.200/32",
    "168.63.129.16/32",
    "192.0.0.192/32",
    "fd00:ec2::254/128",
)
"""Metadata of clouds tells secrets to whoever asks; a network named too widely must not open it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """`named` are the networks that may be reached although they are not public."""

    named: tuple[Network, ...] = ()

    @classmethod
    def of(cls, text: str) -> "Reach":
        """From networks separated by commas, such as `10.1.0.0/16, fd12::/16`.

        Raises ConfigError.
        """
        words = [word.strip() for word in text.split(",")]
        try:
            return cls(networks(*(word for word in words if word)))
        except ValueError as error:
            raise ConfigError(
                f"allow_private_networks holds networks such as 10.1.0.0/16: {error}"
            ) from None

    def covers(self, address: str, port: int) -> bool:
        """Whether a connection to an address, as the system writes it, may be opened."""
        one = ipaddress.ip_address(address)
        if any(within(each, NEVER) for each in (one, *disguised(one))):
            return False
        if within(one, self.named):
            return True
        return port in PORTS and within(one, HANDED_OUT) and not within(one, NOT_PUBLIC)


PUBLIC = Reach()


def disguised(one: Address) -> Iterator[Address]:
    """The IPv4 addresses that an IPv6 one may stand for, of which one may be metadata."""
    if isinstance(one, ipaddress.IPv6Address):
        last, third = int(one) & ALL, int(one) >> 80 & ALL
        yield ipaddress.IPv4Address(last)  # mapped, or translated by NAT64
        yield ipaddress.IPv4Address(third)  # 6to4
        yield ipaddress.IPv4Address(last ^ ALL)  # Teredo


def within(address: Address, some: tuple[Network, ...]) -> bool:
    return any(address in network for network in some)
