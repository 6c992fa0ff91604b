"""The public clients' files, sync and async, against a running server on either database."""

import asyncio
import inspect
from typing import Any

import infery as infery_sdk
import openai as openai_sdk
import pytest
from tests.contract.clients import Client, infery_client
from tests.contract.gateway import Gateway
from tests.files.pictures import encoded

PNG = encoded()
LINES = b'{"custom_id": "1"}\n{"custom_id": "2"}\n'


async def test_infery_files_live_from_create_to_delete(infery: Client) -> None:
    file = await infery.call("files.create", file=PNG, filename="dir/é.png", purpose="vision")
    assert file.id.startswith("file_")
    assert (file.filename, file.bytes, file.purpose) == ("é.png", len(PNG), "vision")
    assert (await infery.call("files.retrieve", file.id)).id == file.id
    content = await infery.call("files.content", file.id)
    assert (content.content, content.content_type) == (PNG, "image/png")
    deleted = await infery.call("files.delete", file.id)
    assert (deleted.id, deleted.deleted) == (file.id, True)
    for method in ("files.retrieve", "files.content", "files.delete"):
        with pytest.raises(infery_sdk.NotFoundError):
            await infery.call(method, file.id)


async def test_infery_lists_page_by_page(infery: Client) -> None:
    made = [
        (await infery.call("files.create", file=LINES, filename="a.jsonl", purpose="batch")).id
        for _ in range(3)
    ]
    seen: list[str] = []
    page = await infery.call("files.list", limit=2, purpose="batch")
    while True:
        seen += [listed_id(one) for one in page.data]
        if not page.has_more:
            break
        page = await infery.call("files.list", limit=2, purpose="batch", after=page.last_id)
    assert seen[:3] == made[::-1]
    assert len(seen) == len(set(seen))
    for one in made:
        await infery.call("files.delete", one)


def listed_id(one: Any) -> str:
    return str(one["id"] if isinstance(one, dict) else one.id)


async def test_infery_says_what_was_refused(infery: Client) -> None:
    cases = [
        ({"file": b"\0", "filename": "x", "purpose": "user_data"}, 400, "unsupported_mime"),
        ({"file": PNG, "filename": "x.png", "purpose": "fine-tune"}, 400, "validation_failed"),
        ({"file": PNG, "filename": "x.jpg", "purpose": "vision"}, 400, "unsupported_mime"),
    ]
    for fields, status, code in cases:
        with pytest.raises(infery_sdk.APIError) as caught:
            await infery.call("files.create", **fields)
        assert (caught.value.status, caught.value.code) == (status, code)


async def test_infery_uploads_the_same_bytes_twice_as_two_files(gateway: Gateway) -> None:
    for manner in ("sync", "async"):
        async with infery_client(manner, gateway.api, gateway.keys.test) as client:
            fields: dict[str, Any] = {"file": PNG, "filename": "x.png", "purpose": "vision"}
            first = await client.call("files.create", **fields)
            second = await client.call("files.create", **fields)
            assert first.id != second.id


async def test_openai_files_live_from_create_to_delete(openai: Client) -> None:
    file = await openai.call("files.create", file=("a b.png", PNG), purpose="vision")
    assert (file.object, file.status, file.filename) == ("file", "processed", "a b.png")
    assert (await openai.call("files.retrieve", file.id)) == file
    content = await openai.call("files.content", file.id)
    assert content.content == PNG
    assert content.response.headers["content-type"] == "image/png"
    deleted = await openai.call("files.delete", file.id)
    assert (deleted.id, deleted.object, deleted.deleted) == (file.id, "file", True)
    with pytest.raises(openai_sdk.NotFoundError):
        await openai.call("files.retrieve", file.id)


async def test_openai_pages_through_every_file(openai: Client) -> None:
    made = [
        (await openai.call("files.create", file=("b.jsonl", LINES), purpose="batch")).id
        for _ in range(3)
    ]
    page = await openai.call("files.list", limit=2, purpose="batch", order="asc")
    seen = [file.id for file in page.data]
    while page.has_next_page():
        following = await asyncio.to_thread(page.get_next_page)
        page = await following if inspect.isawaitable(following) else following
        seen += [file.id for file in page.data]
    assert [one for one in seen if one in made] == made
    for one in made:
        await openai.call("files.delete", one)


async def test_openai_says_what_was_refused(openai: Client) -> None:
    with pytest.raises(openai_sdk.BadRequestError) as caught:
        await openai.call("files.create", file=("x.zip", b"PK\x03\x04\0"), purpose="user_data")
    assert caught.value.code == "unsupported_mime"
    with pytest.raises(openai_sdk.BadRequestError) as caught:
        await openai.call("files.create", file=("x.png", PNG), purpose="fine-tune")
    assert caught.value.param == "purpose"


async def test_both_clients_find_a_picture_they_wanted_to_keep(
    infery: Client, openai: Client
) -> None:
    wanted: dict[str, Any] = {"model": "sketch-1", "prompt": "a kite", "size": "64x64"}
    by_infery = await infery.call("images.generate", store=True, **wanted)
    by_openai = await openai.call("images.generate", extra_body={"store": True}, **wanted)
    for file_id in (by_infery.data[0]["file_id"], by_openai.data[0].file_id):
        assert (await infery.call("files.retrieve", file_id)).purpose == "media_artifact"
        assert (await openai.call("files.content", file_id)).content[:4] == b"\x89PNG"
