import asyncio
import gzip
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.fetch.forms import PERHAPS, UNSAFE, canaries
from tests.standins.certificates import self_signed, served_with
from tests.standins.messages import Answer
from tests.standins.receiver import Receiver, redirect

from limner.fetch import names
from limner.fetch.guard import (
    FetchFailed,
    FetchRefused,
    NotFetched,
    guarded_get,
    guarded_post,
    refuse_unsafe,
)
from limner.fetch.reach import Reach

ONE = Reach.of("127.0.0.1/32")
"""Only the receiver; the canary of these tests listens on another address."""


async def test_no_known_form_of_an_inner_address_reaches_anybody() -> None:
    async with canaries() as there:
        for form in UNSAFE.split():
            url = form.format(port=there[0].port)
            with pytest.raises(FetchRefused):
                await guarded_get(url, limit_bytes=1000, timeout_s=5)
            with pytest.raises(FetchRefused):
                await guarded_post(url, headers={}, body=b"", limit_bytes=1000, timeout_s=5)
        for form in PERHAPS.split():
            with pytest.raises(NotFetched):
                await guarded_get(form.format(port=there[0].port), limit_bytes=9, timeout_s=5)
        assert [one.connections for one in there] == [0] * len(there)


@pytest.mark.parametrize(
    "url", ["http://a b/", "http://a/\r\nx: y", "http://a/\x00", "http://a/\t"]
)
async def test_characters_that_no_url_may_hold_are_refused(url: str) -> None:
    with pytest.raises(FetchRefused, match="characters"):
        await guarded_get(url, limit_bytes=1000, timeout_s=5)


async def test_a_named_network_can_be_reached() -> None:
    async with Receiver(Answer(200, b"a picture", {"content-type": "image/png; a=b"})) as there:
        fetched = await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)
    assert (fetched.content_type, fetched.data) == ("image/png", b"a picture")
    (request,) = there.requests
    assert request.headers == {
        "host": f"127.0.0.1:{there.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "user-agent": "limner",
        "connection": "close",
    }


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver() as proxy, Receiver() as there:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)
        assert (proxy.connections, len(there.requests)) == (0, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_the_inside_reaches_nobody(status: int) -> None:
    async with Receiver(host="127.0.0.2") as canary, Receiver() as there:
        for target in (canary.url, f"//127.0.0.2:{canary.port}/", "file:///etc/passwd"):
            there.told.append(redirect(target, status))
            with pytest.raises(FetchRefused):
                await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)
        assert canary.connections == 0


async def test_three_redirects_are_followed_and_no_more() -> None:
    moved = [redirect("/a"), redirect("b"), redirect("/c")]
    async with Receiver(*moved, 200, *moved, redirect("/d")) as there:
        await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)
        assert [request.path for request in there.requests] == ["/", "/a", "/b", "/c"]
        with pytest.raises(FetchFailed, match="more than 3"):
            await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)


async def test_a_post_follows_no_redirect() -> None:
    async with Receiver(redirect("/elsewhere", 307)) as there:
        posted = await guarded_post(
            there.url, headers={}, body=b"{}", limit_bytes=9, timeout_s=5, reach=ONE
        )
        assert posted.status == 307
        assert [(request.method, request.body) for request in there.requests] == [("POST", b"{}")]


async def test_only_the_beginning_of_the_answer_to_a_post_is_read() -> None:
    async with Receiver(Answer(200, b"x" * 5_000_000)) as there:
        posted = await guarded_post(
            there.url, headers={}, body=b"{}", limit_bytes=100, timeout_s=5, reach=ONE
        )
    assert posted.excerpt == b"x" * 100


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 1000


async def test_what_is_larger_than_the_limit_is_not_kept() -> None:
    async with Receiver(Answer(200, b"x" * 10), Answer(200, events=endless())) as there:
        for _ in range(2):
            with pytest.raises(FetchFailed, match="larger than 9 bytes"):
                await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)


async def test_what_comes_compressed_is_not_unfolded() -> None:
    bomb = gzip.compress(bytes(10_000_000))
    headers = {"content-encoding": "gzip"}
    async with Receiver(Answer(200, bomb, headers)) as there:
        fetched = await guarded_get(there.url, limit_bytes=20_000, timeout_s=5, reach=ONE)
    assert fetched.data == bomb


async def test_a_status_other_than_200_is_a_failure() -> None:
    async with Receiver(404) as there:
        with pytest.raises(FetchFailed, match="404"):
            await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)


async def test_whoever_takes_too_long_is_given_up() -> None:
    async with Receiver(30.0) as there:
        with pytest.raises(FetchFailed, match="too long"):
            await guarded_get(there.url, limit_bytes=9, timeout_s=0.1, reach=ONE)


async def test_where_nobody_listens_no_connection_can_be_made() -> None:
    async with Receiver() as there:
        pass
    with pytest.raises(FetchFailed, match="no connection"):
        await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)


async def test_a_name_that_changes_its_address_after_the_check_reaches_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name server's second answer leads inside, as in an attack by rebinding."""
    told = [["127.0.0.1"], ["127.0.0.2"]]

    def resolve(*_: object) -> list[tuple[socket.AddressFamily, str]]:
        return [(socket.AF_INET, one) for one in told.pop(0)]

    monkeypatch.setattr(names, "looked_up", resolve)
    async with Receiver(host="127.0.0.2") as canary:
        url = f"http://rebinding.example:{canary.port}/"
        await refuse_unsafe(url, timeout_s=5, reach=ONE)
        with pytest.raises(FetchRefused):
            await guarded_get(url, limit_bytes=9, timeout_s=5, reach=ONE)
        assert canary.connections == 0


async def test_of_several_addresses_only_those_within_reach_are_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(*_: object) -> list[tuple[socket.AddressFamily, str]]:
        return [(socket.AF_INET, one) for one in ("127.0.0.2", "127.0.0.1")]

    monkeypatch.setattr(names, "looked_up", resolve)
    async with Receiver() as there, Receiver(host="127.0.0.2", port=there.port) as canary:
        url = f"http://two.example:{there.port}/"
        await guarded_get(url, limit_bytes=9, timeout_s=5, reach=ONE)
        assert there.requests[0].headers["host"] == f"two.example:{there.port}"
        assert canary.connections == 0


async def test_a_name_that_leads_nowhere_is_a_failure_and_no_danger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolve(*_: object) -> list[tuple[socket.AddressFamily, str]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(names, "looked_up", resolve)
    await refuse_unsafe("http://nowhere.example/", timeout_s=5)
    with pytest.raises(FetchFailed, match="no host"):
        await guarded_get("http://nowhere.example/", limit_bytes=9, timeout_s=5)


async def test_a_check_asks_nobody() -> None:
    async with Receiver() as there:
        await refuse_unsafe(there.url, timeout_s=5, reach=ONE)
        with pytest.raises(FetchRefused):
            await refuse_unsafe(there.url, timeout_s=5)
        await asyncio.sleep(0)
        assert there.connections == 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "server.pem", "hooks.example")


async def test_a_certificate_nobody_vouches_for_is_refused(certificate: Path) -> None:
    async with Receiver(tls=served_with(certificate)) as there:
        with pytest.raises(FetchFailed, match="certificate"):
            await guarded_get(there.url, limit_bytes=9, timeout_s=5, reach=ONE)


async def test_tls_is_spoken_with_the_name_in_the_url_and_no_other(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object) -> list[tuple[socket.AddressFamily, str]]:
        return [(socket.AF_INET, "127.0.0.1")]

    monkeypatch.setattr(names, "looked_up", resolve)
    trusted = ssl.create_default_context(cafile=str(certificate))
    async with Receiver(tls=served_with(certificate)) as there:
        for name, fits in (("hooks.example", True), ("other.example", False)):
            url = f"https://{name}:{there.port}/"
            said = guarded_get(url, limit_bytes=9, timeout_s=5, reach=ONE, tls=trusted)
            if fits:
                assert (await said).data == b"thanks"
            else:
                with pytest.raises(FetchFailed, match="certificate"):
                    await said
