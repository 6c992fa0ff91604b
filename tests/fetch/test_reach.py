import pytest

from limner.errors import ConfigError
from limner.fetch.reach import PUBLIC, Reach

PRIVATE = """
    0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254
    169.254.0.1 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
    198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808
    64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1 fc00::1
    fd12:3456::1 fe80::1 fe80::1%lo fec0::1 ff02::1
"""
METADATA = """
    169.254.169.254 169.254.170.2 100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254
"""


@pytest.mark.parametrize("address", (PRIVATE + METADATA).split())
def test_an_address_that_is_not_public_is_out_of_reach(address: str) -> None:
    assert not PUBLIC.covers(address, 443)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1", "2a00:1450::1"]
)
def test_a_public_address_is_within_reach_on_the_ports_of_the_web(address: str) -> None:
    assert PUBLIC.covers(address, 443)
    assert PUBLIC.covers(address, 80)
    assert not PUBLIC.covers(address, 22)


def test_a_named_network_is_within_reach_on_every_port() -> None:
    reach = Reach.of(" 10.1.0.0/16, fd12::/16,")
    assert reach.covers("10.1.2.3", 8080)
    assert reach.covers("fd12::1", 8080)
    assert not reach.covers("10.2.0.1", 8080)
    assert not reach.covers("::ffff:10.1.2.3", 8080)


@pytest.mark.parametrize("address", METADATA.split())
def test_metadata_of_clouds_stays_out_of_reach_however_widely_a_network_is_named(
    address: str,
) -> None:
    assert not Reach.of("0.0.0.0/0, ::/0").covers(address, 80)


@pytest.mark.parametrize(
    "address",
    ["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1"],
)
def test_metadata_of_clouds_is_known_in_every_disguise(address: str) -> None:
    assert not Reach.of("::/0").covers(address, 80)


@pytest.mark.parametrize("text", ["10.1.0.1/16", "ten", "10.0.0.0/40", "localhost"])
def test_what_is_no_network_is_refused_at_start(text: str) -> None:
    with pytest.raises(ConfigError, match="allow_private_networks"):
        Reach.of(text)
