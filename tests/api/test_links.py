"""Links open one picture for whoever has them, and nothing else; ranges and caches work."""

import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.contract.gateway import Gateway
from tests.contract.pictures import seen

from limner.files.links import Links
from limner.vault import Vault, secret_from

WANTED = {"model": "sketch-1", "prompt": "two green circles", "size": "256x256"}


@dataclass(frozen=True, slots=True)
class Linked:
    """A picture's link and what a full read gives."""

    path: str
    artifact_id: str
    exp: str
    sig: str
    data: bytes
    tag: str


@pytest.fixture
async def linked(play: httpx.AsyncClient, nobody: httpx.AsyncClient) -> Linked:
    answer = await play.post("/v1/images/generations", json=WANTED)
    url = urlsplit(answer.json()["data"][0]["url"])
    whole = await nobody.get(f"{url.path}?{url.query}")
    query = parse_qs(url.query)
    return Linked(
        f"{url.path}?{url.query}",
        url.path.rpartition("/")[2],
        query["exp"][0],
        query["sig"][0],
        whole.content,
        whole.headers["etag"],
    )


async def test_a_link_opens_without_a_key_and_what_opens_cannot_act(
    linked: Linked, nobody: httpx.AsyncClient
) -> None:
    answer = await nobody.get(linked.path)
    assert answer.status_code == 200
    assert seen(answer.content).size == "256x256"
    headers = answer.headers
    assert headers["content-type"] == "image/png"
    assert headers["content-length"] == str(len(answer.content))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-disposition"] == f'inline; filename="{linked.artifact_id}.png"'
    assert headers["cache-control"].startswith("private")
    assert headers["accept-ranges"] == "bytes"
    assert headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert headers["x-request-id"]


async def test_every_wrong_link_is_the_same_404(
    linked: Linked, nobody: httpx.AsyncClient, gateway: Gateway
) -> None:
    settings = gateway.server.settings
    vault = Vault(secret_from("", settings.data_dir / "secret"))
    expired = Links(vault, ttl_s=-10).link("", linked.artifact_id)
    never = Links(vault, ttl_s=60).link("", linked.artifact_id[:-4] + "0000")
    good = f"/v1/assets/{linked.artifact_id}?exp={linked.exp}&sig={linked.sig}"
    assert (await nobody.get(good)).status_code == 200
    for path in [
        expired,
        f"/v1/assets/{linked.artifact_id}",
        good.replace(linked.sig, ""),
        good.replace(linked.sig, linked.sig[:-2]),
        good.replace(linked.sig, linked.sig.swapcase()),
        good.replace(linked.sig, "%C3%A4"),
        good.replace(linked.exp, str(int(linked.exp) + 1)),
        good.replace(linked.exp, linked.exp + ".0"),
        good.replace(linked.exp, "%D9%A1"),
        good.replace("exp=", "exp=9999999999&exp="),
        good.replace(linked.artifact_id, linked.artifact_id[:-1] + "?"),
        good.replace(linked.artifact_id, "a_" + "0" * 26),
        good.replace(linked.artifact_id, linked.artifact_id + "%0a"),
        good.replace(linked.artifact_id, linked.artifact_id.lower()),
        good.replace(linked.artifact_id, "%F0%9F%96%BC"),
        good.replace(linked.artifact_id, "%2e%2e%5csecret"),
    ]:
        answer = await nobody.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"]["message"].startswith("this link is not valid"), path
        assert answer.json()["error"]["code"] == "not_found"
    for path in (never, good.replace(linked.sig, "%00"), good.replace("?", "%00?")):
        gone = await nobody.get(path)
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, -1),
        ("bytes=-10", -10, -1),
        ("bytes=0-99999999", 0, -1),
        ("bytes=-99999999", 0, -1),
    ],
)
async def test_a_range_is_served(
    linked: Linked, nobody: httpx.AsyncClient, wanted: str, first: int, last: int
) -> None:
    size = len(linked.data)
    first, last = first % size, last % size
    answer = await nobody.get(linked.path, headers={"range": wanted})
    assert answer.status_code == 206
    assert answer.content == linked.data[first : last + 1]
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(
    "wanted",
    ["bytes=5-4", "bytes=a-b", "bytes=-", "items=0-1", "bytes=0-1,5-6", "bytes=1" + "0" * 30 + "-"],
)
async def test_a_range_that_cannot_be_read_is_passed_over(
    linked: Linked, nobody: httpx.AsyncClient, wanted: str
) -> None:
    answer = await nobody.get(linked.path, headers={"range": wanted})
    assert (answer.status_code, answer.content) == (200, linked.data)


@pytest.mark.parametrize("wanted", ["bytes=99999999-", "bytes=-0"])
async def test_a_range_beyond_the_end_is_a_416(
    linked: Linked, nobody: httpx.AsyncClient, wanted: str
) -> None:
    answer = await nobody.get(linked.path, headers={"range": wanted})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(linked.data)}"
    assert answer.json()["error"]["code"] == "range_not_satisfiable"


async def test_a_range_of_another_version_is_the_whole(
    linked: Linked, nobody: httpx.AsyncClient
) -> None:
    for condition, status in [
        (linked.tag, 206),
        ('"other"', 200),
        ("Wed, 25 Nov 2026 00:00:00 GMT", 200),
    ]:
        headers = {"range": "bytes=0-9", "if-range": condition}
        assert (await nobody.get(linked.path, headers=headers)).status_code == status


async def test_who_has_the_picture_is_told_so_without_it(
    linked: Linked, nobody: httpx.AsyncClient
) -> None:
    for condition, status in [
        (linked.tag, 304),
        (f'"x", W/{linked.tag}', 304),
        ("*", 304),
        ('"x"', 200),
    ]:
        answer = await nobody.get(linked.path, headers={"if-none-match": condition})
        assert answer.status_code == status
        assert answer.headers["etag"] == linked.tag
        assert answer.content == (b"" if status == 304 else linked.data)


async def test_a_head_tells_the_length_and_sends_nothing(
    linked: Linked, nobody: httpx.AsyncClient
) -> None:
    answer = await nobody.head(linked.path, headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(linked.data))


async def test_a_deleted_blob_is_a_404_and_not_half_a_picture(
    play: httpx.AsyncClient, nobody: httpx.AsyncClient, gateway: Gateway
) -> None:
    """Of a size that no other test asks for: equal pictures share their bytes."""
    drawn = await play.post("/v1/images/generations", json=WANTED | {"size": "272x240"})
    url = urlsplit(drawn.json()["data"][0]["url"])
    blobs = gateway.server.settings.data_dir / "blobs"
    (blob,) = blobs.rglob(url.path.rpartition("/")[2])
    blob.unlink()
    answer = await nobody.get(f"{url.path}?{url.query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
