"""Files over HTTP: received in pieces, served so that nothing in them can act, and counted."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.forms import BOUNDARY, TYPE, form, part
from tests.api.raw import line_to
from tests.contract.envelope import error_of
from tests.contract.gateway import Gateway
from tests.databases import FreshUrl
from tests.files.pictures import encoded
from tests.servers import Server, a_key, serving

from limner.settings import Settings

PNG = encoded()
FIELDS = {"id", "object", "bytes", "created_at", "filename", "purpose", "status"}
STORAGE = ("x-storage-used-bytes", "x-storage-limit-bytes", "x-files-used", "x-files-limit")
NOBODYS = "file_8sK2mQ4vT1xZ7bN5cR9dW3eY"


async def upload(
    client: httpx.AsyncClient,
    data: bytes = PNG,
    name: str = "room.png",
    purpose: str = "vision",
    kind: str = "image/png",
    key: str | None = None,
) -> httpx.Response:
    return await client.post(
        "/v1/files",
        files={"file": (name, data, kind)},
        data={"purpose": purpose},
        headers={} if key is None else {"Idempotency-Key": key},
    )


async def kept(client: httpx.AsyncClient, **how: Any) -> dict[str, Any]:
    answer = await upload(client, **how)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def usage_of(answer: httpx.Response) -> tuple[int, int]:
    """Files and bytes, as an answer tells them."""
    assert all(answer.headers[name].isdecimal() for name in STORAGE)
    return int(answer.headers["x-files-used"]), int(answer.headers["x-storage-used-bytes"])


def spools(gateway: Gateway) -> list[Path]:
    return list((gateway.server.settings.data_dir / "files" / "tmp").iterdir())


async def test_an_upload_is_answered_with_the_file(play: httpx.AsyncClient) -> None:
    answer = await upload(play, name="../a\\room é.png")
    assert answer.status_code == 201
    file = answer.json()
    assert file.keys() == FIELDS
    assert abs(file["created_at"] - time.time()) < 60
    assert (file["object"], file["status"], file["purpose"]) == ("file", "processed", "vision")
    assert (file["filename"], file["bytes"]) == ("room é.png", len(PNG))
    assert file["id"].startswith("file_")
    assert len(file["id"]) == 29
    assert (await play.get(f"/v1/files/{file['id']}")).json() == file


async def test_test_and_live_keys_share_the_files(
    play: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    file = await kept(play)
    assert (await live.get(f"/v1/files/{file['id']}")).json() == file
    assert (await live.delete(f"/v1/files/{file['id']}")).json() == {
        "id": file["id"],
        "object": "file",
        "deleted": True,
    }
    error_of(await play.get(f"/v1/files/{file['id']}"), 404, "not_found")


async def test_every_answer_tells_what_the_files_take(play: httpx.AsyncClient) -> None:
    before, used = usage_of(await play.get("/v1/files"))
    created = await upload(play)
    path = f"/v1/files/{created.json()['id']}"
    for answer in (created, await play.get(path), await play.get(f"{path}/content")):
        assert usage_of(answer) == (before + 1, used + len(PNG))
    for refused in (
        await play.get(f"/v1/files/{NOBODYS}"),
        await play.get("/v1/files?limit=0"),
        await upload(play, purpose="fine-tune"),
        await play.get(f"{path}/content", headers={"range": "bytes=999999-"}),
    ):
        assert refused.status_code >= 400
        assert usage_of(refused) == (before + 1, used + len(PNG))
    assert usage_of(await play.delete(path)) == (before, used)


async def test_content_is_a_download_that_cannot_act(play: httpx.AsyncClient) -> None:
    page = b"<svg onload='alert(1)'/><script>alert(1)</script>"
    for name, kind in (("a.html", "text/plain"), ("a.svg", "application/octet-stream")):
        file = await kept(play, data=page, name=name, kind=kind, purpose="user_data")
        answer = await play.get(f"/v1/files/{file['id']}/content", headers={"accept": "text/html"})
        assert answer.content == page
        assert answer.headers["content-type"] == "text/plain"
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["cache-control"] == "private, max-age=0"
    for name, kind in (("a.svg", "image/svg+xml"), ("a.html", "text/html")):
        answer = await upload(play, page, name, "user_data", kind)
        assert error_of(answer, 400, "unsupported_mime")["param"] == "file"


async def test_content_has_its_type_and_both_forms_of_its_name(play: httpx.AsyncClient) -> None:
    file = await kept(play, name='é "1".png', kind="application/octet-stream")
    answer = await play.get(f"/v1/files/{file['id']}/content")
    assert answer.headers["content-type"] == "image/png"
    said = answer.headers["content-disposition"]
    assert said == "attachment; filename=\"_ _1_.png\"; filename*=UTF-8''%C3%A9%20%221%22.png"


async def test_content_comes_in_ranges_and_not_twice(play: httpx.AsyncClient) -> None:
    path = f"/v1/files/{(await kept(play))['id']}/content"
    part = await play.get(path, headers={"range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, PNG[1:4])
    assert part.headers["content-range"] == f"bytes 1-3/{len(PNG)}"
    beyond = await play.get(path, headers={"range": f"bytes={len(PNG)}-"})
    assert beyond.headers["content-range"] == f"bytes */{len(PNG)}"
    assert beyond.json()["error"]["code"] == "range_not_satisfiable"
    tag = part.headers["etag"]
    assert (await play.get(path, headers={"if-none-match": tag})).status_code == 304
    head = await play.head(path)
    assert (head.headers["content-length"], head.content) == (str(len(PNG)), b"")


@pytest.mark.parametrize(
    ("data", "kind", "purpose"),
    [
        (PNG, "image/jpeg", "vision"),
        (PNG, "image/png", "batch"),
        (b"words", "text/plain", "vision"),
        (b"PK\x03\x04" + bytes(40), "application/zip", "user_data"),
        (b"\0", "application/octet-stream", "user_data"),
    ],
)
async def test_a_file_that_is_not_what_it_should_be_is_refused(
    play: httpx.AsyncClient, data: bytes, kind: str, purpose: str
) -> None:
    before = usage_of(await play.get("/v1/files"))
    answer = await upload(play, data, "x", purpose, kind)
    assert error_of(answer, 400, "unsupported_mime")["param"] == "file"
    assert usage_of(answer) == before


@pytest.mark.parametrize(
    ("body", "kind", "param"),
    [
        (form([part("purpose", b"vision")]), TYPE, "file"),
        (form([part("file", PNG, "x")]), TYPE, "purpose"),
        (form([part("file", b"", "x"), part("purpose", b"batch")]), TYPE, "file"),
        (form([part("purpose", b"fine-tune"), part("file", PNG, "x")]), TYPE, "purpose"),
        (form([part("file", PNG, "x"), part("purpose", b"vision")], end=""), TYPE, None),
        (b"{}", "application/json", None),
        (b"", TYPE, None),
    ],
)
async def test_a_form_that_lacks_something_is_refused_by_name(
    play: httpx.AsyncClient, gateway: Gateway, body: bytes, kind: str, param: str | None
) -> None:
    answer = await play.post("/v1/files", content=body, headers={"content-type": kind})
    assert error_of(answer, 400, "validation_failed")["param"] == param
    assert spools(gateway) == []


async def test_files_need_a_key(nobody: httpx.AsyncClient) -> None:
    assert error_of(await nobody.get("/v1/files"), 401, "invalid_api_key")


async def test_a_list_goes_page_by_page(gateway: Gateway, play: httpx.AsyncClient) -> None:
    ids = [(await kept(play, data=b"%d" % at, name="a", kind="", purpose="batch"))["id"]
           for at in range(5)]  # fmt: skip
    first = (await play.get("/v1/files", params={"limit": 2, "purpose": "batch"})).json()
    assert first["object"] == "list"
    assert [one["id"] for one in first["data"]] == [ids[4], ids[3]]
    assert (first["first_id"], first["last_id"], first["has_more"]) == (ids[4], ids[3], True)
    query = {"limit": 10_000, "purpose": "batch", "after": ids[3], "order": "desc"}
    last = (await play.get("/v1/files", params=query)).json()
    assert [one["id"] for one in last["data"]] == [ids[2], ids[1], ids[0]]
    assert (last["last_id"], last["has_more"]) == (ids[0], False)
    rising = (await play.get("/v1/files?purpose=batch&order=asc&after=" + ids[0])).json()
    assert [one["id"] for one in rising["data"]] == ids[1:]
    none = (await play.get("/v1/files?purpose=pipeline_artifact")).json()
    assert (none["data"], none["first_id"], none["last_id"]) == ([], None, None)


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("order=newest", "order"),
        ("after=file_1", "after"),
        ("after=%00", "after"),
        (f"after={NOBODYS}", "after"),
    ],
)
async def test_a_wrong_query_is_refused_by_name(
    play: httpx.AsyncClient, query: str, param: str
) -> None:
    answer = await play.get(f"/v1/files?{query}")
    assert error_of(answer, 400, "validation_failed")["param"] == param


async def test_another_workspaces_files_are_as_if_they_were_not(
    gateway: Gateway, play: httpx.AsyncClient
) -> None:
    theirs = (await kept(play, key="mine"))["id"]
    headers = {"authorization": f"Bearer {gateway.keys.stranger}", "x-request-id": "same"}
    async with httpx.AsyncClient(base_url=gateway.server.url, headers=headers) as stranger:
        for method, ending in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
            answers = [
                await stranger.request(method, f"/v1/files/{one}{ending}")
                for one in (theirs, NOBODYS, "odd", "%00")
            ]
            error_of(answers[0], 404, "not_found")
            assert {answer.content for answer in answers[:3]} == {answers[0].content}
            assert answers[3].status_code == 404
        pages = [await stranger.get(f"/v1/files?after={one}") for one in (theirs, NOBODYS)]
        assert pages[0].content == pages[1].content
        assert (await stranger.get("/v1/files")).json()["data"] == []
        assert (await kept(stranger, key="mine"))["id"] != theirs
    assert (await play.get(f"/v1/files/{theirs}")).status_code == 200


async def test_a_repeated_key_gets_the_first_file(play: httpx.AsyncClient) -> None:
    first = await kept(play, key="upload:1")
    before = usage_of(await play.get("/v1/files"))
    again = await upload(play, b"words", "other.txt", "batch", "text/plain", "upload:1")
    assert (again.status_code, again.json()) == (201, first)
    assert usage_of(again) == before


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "schlüssel", "a/b"])
async def test_a_key_of_other_letters_is_refused(play: httpx.AsyncClient, key: str) -> None:
    headers = {b"idempotency-key": key.encode(), b"content-type": TYPE.encode()}
    body = form([part("file", PNG, "a.png"), part("purpose", b"vision")])
    answer = await play.post("/v1/files", content=body, headers=headers)
    assert error_of(answer, 400, "validation_failed")["param"] == "Idempotency-Key"


def head(key: str, length: int, *more: str) -> bytes:
    lines = [
        "POST /v1/files HTTP/1.1",
        "host: limner.test",
        f"authorization: Bearer {key}",
        f"content-type: {TYPE}",
        f"content-length: {length}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


async def test_a_key_that_is_still_uploading_is_told_to_try_again(
    gateway: Gateway, play: httpx.AsyncClient
) -> None:
    body = form([part("file", PNG, "x.png"), part("purpose", b"vision")])
    async with line_to(gateway.server) as line:
        await line.send(head(gateway.keys.test, len(body), "idempotency-key: slow") + body[:200])
        while (answer := await upload(play, key="slow")).status_code == 201:
            await play.delete(f"/v1/files/{answer.json()['id']}")
            await asyncio.sleep(0.01)
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "upload_in_progress"
        assert answer.headers["x-should-retry"] == "true"
        await line.send(body[200:])
        first = await line.answer()
    assert first.status == 201
    assert (await kept(play, key="slow")) == first.json()


async def test_an_upload_whose_sender_leaves_leaves_nothing(
    gateway: Gateway, play: httpx.AsyncClient
) -> None:
    before = usage_of(await play.get("/v1/files"))
    async with line_to(gateway.server) as line:
        begun = f"--{BOUNDARY}\r\n".encode() + part("file", bytes(400_000), "x")
        await line.send(head(gateway.keys.test, 10**6, "idempotency-key: left") + begun)
        await until(lambda: len(spools(gateway)) == 1)
    await until(lambda: spools(gateway) == [])
    assert usage_of(await play.get("/v1/files")) == before
    await kept(play, key="left")


async def until(true: Callable[[], bool]) -> None:
    """Wait, 10 seconds at most."""
    for _ in range(1000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true")


async def test_a_form_may_come_without_a_length_and_in_tiny_pieces(
    play: httpx.AsyncClient,
) -> None:
    body = form([part("purpose", b"vision"), part("file", PNG, "x.png")])

    async def drops() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 11):
            yield body[start : start + 11]

    answer = await play.post("/v1/files", content=drops(), headers={"content-type": TYPE})
    assert (answer.status_code, answer.json()["bytes"]) == (201, len(PNG))


@pytest.fixture(scope="module")
def small(sqlite_url: FreshUrl, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose workspaces may have little."""
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("small") / "data",
        database_url=sqlite_url(),
        log_level="error",
        max_file_size_bytes=500_000,
        max_files_per_workspace=3,
        max_storage_bytes_per_workspace=600_000,
    )
    with serving(settings) as server:
        yield server


@pytest.fixture
async def tight(small: Server) -> AsyncIterator[httpx.AsyncClient]:
    key = await a_key(small.settings, workspace=f"tight-{time.time_ns()}")
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=small.url, headers=headers, timeout=60) as client:
        yield client


async def test_a_file_beyond_the_largest_is_refused(tight: httpx.AsyncClient) -> None:
    for size in (500_001, 900_000):  # the second is refused by its announced length
        answer = await upload(tight, PNG + bytes(size - len(PNG)))
        error = error_of(answer, 413, "file_too_large")
        assert "500,000" in error["message"]
        assert usage_of(answer) == (0, 0)
    assert (await upload(tight, PNG + bytes(500_000 - len(PNG)))).status_code == 201


async def test_bytes_beyond_the_quota_are_refused_until_room_is_made(
    tight: httpx.AsyncClient,
) -> None:
    large = PNG + bytes(400_000)
    first = await kept(tight, data=large)
    answer = await upload(tight, large)
    error_of(answer, 413, "storage_quota_exceeded")
    assert usage_of(answer) == (1, len(large))
    await tight.delete(f"/v1/files/{first['id']}")
    assert (await upload(tight, large)).status_code == 201


async def test_files_beyond_the_quota_are_refused_however_many_come_at_once(
    tight: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(*(upload(tight) for _ in range(10)))
    assert sorted(one.status_code for one in answers) == [201] * 3 + [413] * 7
    codes = {one.json()["error"]["code"] for one in answers if one.status_code == 413}
    assert codes == {"file_quota_exceeded"}
    assert usage_of(await tight.get("/v1/files")) == (3, 3 * len(PNG))


async def test_pictures_are_kept_as_files_when_asked_for(
    play: httpx.AsyncClient, live: httpx.AsyncClient
) -> None:
    wanted = {"model": "sketch-1", "prompt": "a kite", "size": "64x64", "n": 2, "store": True}
    for given in ("url", "b64_json"):
        body = wanted | {"response_format": given}
        answer = await play.post("/v1/images/generations", json=body)
        images = answer.json()["data"]
        job = (await play.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
        ids = [one["file_id"] for one in images]
        assert [one["file_id"] for one in job["data"]] == ids
        for image in images:
            path = f"/v1/files/{image['file_id']}"
            file = (await live.get(path)).json()
            assert file["purpose"] == "media_artifact"
            content = (await live.get(f"{path}/content")).content
            assert hashlib.sha256(content).hexdigest() == image["sha256"]
        await live.delete(f"/v1/files/{ids[0]}")
        job = (await play.get(f"/v1/images/jobs/{answer.headers['x-job-id']}")).json()
        assert [one.get("file_id") for one in job["data"]] == [None, ids[1]]


async def test_nothing_is_kept_without_a_word_and_the_word_is_true_or_false(
    play: httpx.AsyncClient,
) -> None:
    wanted = {"model": "sketch-1", "prompt": "a kite", "size": "64x64"}
    before = usage_of(await play.get("/v1/files"))
    quiet: tuple[object, ...] = (None, False)
    for said in quiet:
        answer = await play.post("/v1/images/generations", json=wanted | {"store": said})
        assert "file_id" not in answer.json()["data"][0]
        assert "x-infery-ignored-params" not in answer.headers
    for said in ("yes", 1, []):
        refused = await play.post("/v1/images/generations", json=wanted | {"store": said})
        assert error_of(refused, 400, "validation_failed")["param"] == "store"
    assert usage_of(await play.get("/v1/files")) == before


async def test_a_full_quota_still_delivers_with_a_warning(tight: httpx.AsyncClient) -> None:
    wanted = {"model": "sketch-1", "prompt": "a kite", "size": "64x64", "n": 4, "store": True}
    answer = await tight.post("/v1/images/generations", json=wanted)
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 4
    assert not any("file_id" in one for one in answer.json()["data"])
    assert any("not kept as files" in said for said in answer.json()["warnings"])
    assert usage_of(await tight.get("/v1/files")) == (0, 0)
