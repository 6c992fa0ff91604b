"""Both HTTP clients: what they send, what they read, and how they name each failure."""

import asyncio
import datetime
import gzip
import ipaddress
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.standins.faults import fault
from tests.standins.messages import Answer, Request
from tests.standins.misbehaviour import strike
from tests.standins.server import Connection, StandIn

from limner.providers.http import Broken, HttpClient, HttpFailure, NotSent, TooLarge, retry_after
from limner.providers.http_clients import open_client

Implementation = Literal["pyreqwest", "aiohttp"]
HEADERS = {"authorization": "Bearer sk-canary", "content-type": "application/json"}
GOOD = Answer(200, b'{"ok":true}')


class Saying(StandIn):
    """Says one thing to everybody, through whatever fault is scripted."""

    def __init__(self, answer: Answer = GOOD, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls=tls)
        self.said = answer

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        self.note("asked", path=request.path)
        fault = self.next_fault()
        return await strike(connection, fault, self.said) if fault else self.said


@pytest.fixture(params=["pyreqwest", "aiohttp"])
def implementation(request: pytest.FixtureRequest) -> Implementation:
    chosen: Implementation = request.param
    return chosen


@pytest.fixture
async def http(implementation: Implementation) -> AsyncIterator[HttpClient]:
    client = open_client(implementation, connect_timeout_s=0.5, max_answer=1000)
    yield client
    await client.aclose()


async def post(http: HttpClient, url: str, timeout_s: float = 2.0) -> bytes:
    reply = await http.post(url, headers=HEADERS, body=b"{}", timeout_s=timeout_s)
    return bytes(reply.body)


async def failed_post(http: HttpClient, url: str, timeout_s: float = 2.0) -> HttpFailure:
    with pytest.raises(HttpFailure) as caught:
        await post(http, url, timeout_s)
    assert "sk-canary" not in f"{caught.value!r} {caught.value}"
    assert "127.0.0.1" not in str(caught.value)
    return caught.value


async def test_an_answer_is_read_whole_with_lower_case_header_names(http: HttpClient) -> None:
    async with Saying(Answer(418, b'{"ok":true}', {"X-Request-Id": "req_1"})) as standin:
        reply = await http.post(standin.url, headers=HEADERS, body=b"{}", timeout_s=2)
    assert (reply.status, bytes(reply.body)) == (418, b'{"ok":true}')
    assert reply.headers["x-request-id"] == "req_1"


async def test_nothing_is_sent_but_what_was_asked(http: HttpClient) -> None:
    async with Saying() as standin:
        await post(http, f"{standin.url}/v1/things")
        await http.get(f"{standin.url}/v1/things?a=1", headers=HEADERS, timeout_s=2)
        await http.delete(f"{standin.url}/v1/things/1", headers=HEADERS, timeout_s=2)
        await http.put(f"{standin.url}/v1/things/1/end", headers=HEADERS, timeout_s=2)
    first, second, third, fourth = standin.requests
    assert (first.method, first.path, first.body) == ("POST", "/v1/things", b"{}")
    assert (second.method, second.path, second.body) == ("GET", "/v1/things?a=1", b"")
    assert (third.method, third.path, third.body) == ("DELETE", "/v1/things/1", b"")
    assert (fourth.method, fourth.path, fourth.body) == ("PUT", "/v1/things/1/end", b"")
    assert fourth.headers["content-length"] == "0"
    expected = {"authorization": "Bearer sk-canary", "user-agent": "limner"}
    assert first.headers.items() >= expected.items()
    assert not first.headers.keys() & {"accept-encoding", "cookie", "referer", "expect"}


async def test_cookies_are_not_kept(http: HttpClient) -> None:
    async with Saying(Answer(200, b"{}", {"set-cookie": "a=b; Path=/"})) as standin:
        await post(http, standin.url)
        await post(http, standin.url)
    assert "cookie" not in standin.requests[1].headers


async def test_a_redirect_is_an_answer_and_not_followed(http: HttpClient) -> None:
    async with Saying(Answer(307, b"", {"location": "/elsewhere"})) as standin:
        reply = await http.post(standin.url, headers=HEADERS, body=b"{}", timeout_s=2)
    assert reply.status == 307
    assert len(standin.asked) == 1


async def test_proxies_of_the_environment_are_not_used(
    implementation: Implementation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    client = open_client(implementation)
    async with Saying() as standin:
        assert await post(client, standin.url) == GOOD.body
    await client.aclose()


async def test_a_compressed_answer_is_not_unpacked(http: HttpClient) -> None:
    bomb = gzip.compress(bytes(400_000))
    async with Saying(Answer(200, bomb, {"content-encoding": "gzip"})) as standin:
        assert await post(http, standin.url) == bomb


async def test_a_kept_connection_is_used_again(http: HttpClient) -> None:
    async with Saying() as standin:
        for _ in range(3):
            await post(http, standin.url)
    assert standin.connections == 1


async def test_an_announced_answer_beyond_the_limit_is_refused(http: HttpClient) -> None:
    async with Saying(Answer(200, b"x" * 1001)) as standin:
        assert isinstance(await failed_post(http, standin.url), TooLarge)


async def test_an_unannounced_answer_beyond_the_limit_is_refused(http: HttpClient) -> None:
    async with Saying(Answer(200, events=repeated(b"x" * 100, times=200, pause_s=0))) as standin:
        assert isinstance(await failed_post(http, standin.url), TooLarge)


async def repeated(chunk: bytes, times: int, pause_s: float) -> AsyncIterator[bytes]:
    for _ in range(times):
        yield chunk
        await asyncio.sleep(pause_s)


async def test_a_refused_connection_was_not_sent(http: HttpClient) -> None:
    async with Saying() as standin, standin.refusing():
        assert isinstance(await failed_post(http, standin.url), NotSent)


async def test_a_refusal_after_kept_connections_died_was_not_sent(http: HttpClient) -> None:
    async with Saying() as standin:
        await post(http, standin.url)
        async with standin.refusing():
            await asyncio.sleep(0.05)
            assert isinstance(await failed_post(http, standin.url), NotSent)
        assert await post(http, standin.url) == GOOD.body
    assert len(standin.asked) == 2


async def test_an_unknown_name_was_not_sent(http: HttpClient) -> None:
    assert isinstance(await failed_post(http, "http://no-such-host.invalid/"), NotSent)


@pytest.mark.parametrize("url", ["http://[/", "no address at all", "ftp://somewhere.invalid/"])
async def test_an_address_that_is_none_was_not_sent(http: HttpClient, url: str) -> None:
    assert isinstance(await failed_post(http, url), NotSent)


async def test_a_connection_that_is_never_accepted_was_not_sent(http: HttpClient) -> None:
    with full_listener() as url:
        async with asyncio.timeout(30):
            assert isinstance(await failed_post(http, url, timeout_s=60), NotSent)


class full_listener:  # noqa: N801 - reads as a function
    """A socket whose queue is full, so that further connections hang while connecting."""

    def __enter__(self) -> str:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        self.sockets = [listener]
        for _ in range(3):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
            self.sockets.append(client)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    def __exit__(self, *_: object) -> None:
        for one in self.sockets:
            one.close()


async def test_a_certificate_nobody_signed_was_not_sent(http: HttpClient, tmp_path: Path) -> None:
    async with Saying(tls=self_signed(tmp_path)) as standin:
        assert isinstance(await failed_post(http, standin.url), NotSent)
    assert standin.log == []


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    file = folder / "standin.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize(
    "kind",
    [
        "rst_before_body",
        "rst_after_body",
        "fin_after_body",
        "fin_mid_answer",
        "rst_mid_answer",
        "wrong_length",
        "hang",
        "drip",
    ],
)
async def test_a_failure_after_sending_began_is_unknown_and_sent_once(
    http: HttpClient, kind: str
) -> None:
    async with Saying() as standin:
        standin.script(fault(kind))
        failure = await failed_post(http, f"{standin.url}/v1/x", timeout_s=0.3)
        await asyncio.sleep(0.02)
        arrived = [entry for entry in standin.log if entry.what == "arrived"]
    assert type(failure) is Broken
    assert len(arrived) == standin.connections == 1


@pytest.mark.parametrize("kind", ["rst_before_body", "rst_after_body", "fin_after_body"])
async def test_a_kept_connection_that_dies_under_a_request_is_unknown_and_sent_once(
    http: HttpClient, kind: str
) -> None:
    async with Saying() as standin:
        await post(http, f"{standin.url}/v1/x")
        standin.script(fault(kind))
        failure = await failed_post(http, f"{standin.url}/v1/x")
        await asyncio.sleep(0.02)
        arrived = [entry for entry in standin.log if entry.what == "arrived"]
        assert await post(http, f"{standin.url}/v1/x") == GOOD.body
    assert type(failure) is Broken
    assert len(arrived) == 2


async def test_a_kept_connection_that_was_closed_while_idle_is_not_used(http: HttpClient) -> None:
    async with Saying() as standin:
        standin.script(fault("close_idle", 0.0), times=20)
        for _ in range(20):
            await post(http, standin.url)
            await asyncio.sleep(0.01)
    assert len(standin.asked) == standin.connections == 20


async def test_chunks_come_as_they_are_sent(http: HttpClient) -> None:
    ticked = asyncio.Event()

    async def in_step() -> AsyncIterator[bytes]:
        yield b"tick"
        await ticked.wait()
        yield b"tock"

    async with (
        Saying(Answer(200, events=in_step())) as standin,
        streamed(http, standin.url) as chunks,
    ):
        assert bytes(await anext(chunks)) == b"tick"
        ticked.set()
        assert b"".join([chunk async for chunk in chunks]) == b"tock"


@asynccontextmanager
async def streamed(http: HttpClient, url: str) -> AsyncIterator[AsyncIterator[memoryview]]:
    async with http.post_streamed(url, headers=HEADERS, body=b"{}", timeout_s=2) as reply:
        yield reply.chunks()


async def test_a_stream_may_outgrow_the_limit_of_whole_answers(http: HttpClient) -> None:
    long = Saying(Answer(200, events=repeated(b"x" * 100, times=30, pause_s=0)))
    async with long as standin, streamed(http, standin.url) as chunks:
        assert sum([len(chunk) async for chunk in chunks]) == 3000


async def test_leaving_a_stream_early_closes_its_connection(http: HttpClient) -> None:
    async with Saying(Answer(200, events=repeated(b"tick", times=500, pause_s=0.01))) as standin:
        async with streamed(http, standin.url) as chunks:
            assert bytes(await anext(chunks)) == b"tick"
        async with asyncio.timeout(5):
            await standin.until_left()


@pytest.mark.parametrize("kind", ["fin_mid_answer", "rst_mid_answer", "hang"])
async def test_a_stream_that_breaks_off_is_unknown(http: HttpClient, kind: str) -> None:
    async with Saying() as standin:
        standin.script(fault(kind))
        with pytest.raises(Broken):
            async with http.post_streamed(
                standin.url, headers=HEADERS, body=b"{}", timeout_s=0.3
            ) as reply:
                assert [chunk async for chunk in reply.chunks()]


async def test_errors_of_the_reader_of_a_stream_stay_what_they_are(http: HttpClient) -> None:
    async with Saying() as standin:
        with pytest.raises(TimeoutError):
            async with streamed(http, standin.url):
                raise TimeoutError


async def test_a_closed_client_sends_nothing_and_says_so(http: HttpClient) -> None:
    async with Saying() as standin:
        await http.aclose()
        assert isinstance(await failed_post(http, standin.url), NotSent)
    assert standin.connections == 0


async def test_a_call_whose_client_is_closed_under_it_is_unknown(http: HttpClient) -> None:
    async with Saying() as standin:
        standin.script(fault("hang"))
        call = asyncio.create_task(failed_post(http, standin.url))
        await standin.until("asked")
        await http.aclose()
        assert isinstance(await call, Broken)


TWO_CALLS = """
import asyncio, sys
from limner.providers.http_pyreqwest import PyreqwestClient

async def main(url):
    http = PyreqwestClient()
    for _ in range(2):
        await http.post(url, headers={}, body=b"{}", timeout_s=5)
    await http.aclose()

asyncio.run(main(sys.argv[1]))
"""


async def exit_status(url: str) -> int:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", TWO_CALLS, url)
    return await process.wait()


async def test_a_process_that_ends_right_after_an_answer_ends_well() -> None:
    async with Saying(Answer(200, b"x" * 1_500_000)) as standin:
        statuses = [await exit_status(standin.url) for _ in range(6)]
    assert statuses == [0] * 6
    assert len(standin.asked) == 12


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 40.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:40 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "9" * 5000}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_in_every_form(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, now=60.0) == seconds


async def test_a_cancel_is_never_swallowed_at_whatever_moment_it_comes(http: HttpClient) -> None:
    async with Saying() as standin:
        for moment in range(400):
            call = asyncio.create_task(post(http, standin.url))
            for _ in range(moment % 50):
                await asyncio.sleep(0)
            if not call.done():
                call.cancel()
                await asyncio.gather(call, return_exceptions=True)
                assert call.cancelled(), moment
