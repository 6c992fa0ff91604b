"""A link opens one picture for a while, and every other link is told the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limner.errors import NotFound
from limner.files.links import GONE, Links
from limner.vault import Vault

NOW = 1_800_000_000.25
TTL = 3600.0
ARTIFACT = "a_01KA7M3W8Y5D2F4H6J8K0M2N4P"


def links(now: float = NOW, secret: bytes = bytes(32)) -> Links:
    return Links(Vault(secret), TTL, lambda: now)


def parts(link: str) -> tuple[str, str, str]:
    path, _, query = link.partition("?exp=")
    expires, _, signature = query.partition("&sig=")
    return path.rpartition("/")[2], expires, signature


def refused(links: Links, artifact_id: str, expires: str, signature: str) -> None:
    with pytest.raises(NotFound) as error:
        links.check(artifact_id, expires, signature)
    assert error.value.message == GONE


def test_a_link_works_until_its_time_has_passed() -> None:
    link = links().link("https://limner.example", ARTIFACT)
    assert link.startswith(f"https://limner.example/v1/assets/{ARTIFACT}?exp=1800003600&sig=")
    links().check(*parts(link))
    links(NOW + TTL - 0.25).check(*parts(link))
    refused(links(NOW + TTL), *parts(link))


@pytest.mark.parametrize(
    "forged",
    [
        lambda a, e, s: (a[:-1] + "Q", e, s),
        lambda a, e, s: (a, str(int(e) + 1), s),
        lambda a, e, s: (a, "0" + e, s),
        lambda a, e, s: (a, "+" + e, s),
        lambda a, e, s: (a, e, s[:-1]),
        lambda a, e, s: (a, e, s + "="),
        lambda a, e, s: (a, e, s.swapcase()),
        lambda a, e, s: (a, e, ""),
        lambda a, e, s: (a, "", s),
        lambda a, e, s: (f"{a}/{e}", "", s),
    ],
)
def test_a_link_that_was_changed_anywhere_is_refused(forged: object) -> None:
    assert callable(forged)
    refused(links(), *forged(*parts(links().link("", ARTIFACT))))


def test_a_link_of_another_server_is_refused() -> None:
    refused(links(), *parts(links(secret=b"\1" * 32).link("", ARTIFACT)))


@given(artifact_id=st.text(), expires=st.text(), signature=st.text())
def test_nothing_anybody_can_type_is_more_than_refused(
    artifact_id: str, expires: str, signature: str
) -> None:
    refused(links(), artifact_id, expires, signature)


@pytest.mark.parametrize("odd", ["\ud800", "\0", "é", "9" * 5000, "١٢٣"])
def test_odd_characters_are_refused_like_all_else(odd: str) -> None:
    refused(links(), odd, "1", "x")
    refused(links(), ARTIFACT, odd, "x")
    refused(links(), ARTIFACT, "1", odd)
