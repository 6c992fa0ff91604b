"""`limner store`: a bucket that works is told so, and takes all over while a server works."""

import asyncio
import hashlib
import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import urlopen

import openai
import pytest
from tests.cli.terminal import Terminal, settings_of
from tests.servers import a_key, serving
from tests.standins.object_store import ObjectStoreStandIn, object_store


@pytest.fixture
def bucket() -> Iterator[ObjectStoreStandIn]:
    with object_store() as standin:
        yield standin


def test_where_pictures_lie_is_tried_and_told(
    terminal: Terminal, bucket: ObjectStoreStandIn
) -> None:
    assert "takes bytes, gives them back" in terminal.done_inside("store", "check").out
    there = {**bucket.environ(), "LIMNER_STORE": bucket.store}
    told = terminal.done_inside("store", "check", "--json", **there).json
    assert told == {"ok": True, "store": bucket.store, "trouble": None}
    assert bucket.keys() == []
    bucket.script("PUT", "denied")
    failed = terminal.inside("store", "check", **there)
    assert failed.code == 1
    assert f"{bucket.store} does not work: the object store did not do it" in failed.err
    wrong = terminal.inside("store", "check", LIMNER_STORE="ftp://somewhere")
    assert "store must begin with s3://, gs:// or az://" in wrong.err


def test_pictures_and_files_move_while_a_server_works_and_are_served_from_there(
    terminal: Terminal, bucket: ObjectStoreStandIn
) -> None:
    settings = settings_of(terminal)
    key = asyncio.run(a_key(settings))
    with serving(settings) as server:
        client = openai.OpenAI(base_url=server.api, api_key=key)
        drawn = client.images.generate(model="sketch-1", prompt="a harbour", n=2)
        kept = client.files.create(file=("notes.txt", b"words"), purpose="user_data")
        moved = terminal.done_inside("store", "copy", bucket.store, **bucket.environ())
        assert "copied 3 blobs" in moved.out
        assert f"LIMNER_STORE={bucket.store}" in moved.err
    again = terminal.done_inside("store", "copy", bucket.store, "--json", **bucket.environ()).json
    assert (again["moved"]["copied"], again["moved"]["there"]) == (0, 3)
    assert len(bucket.keys()) == 3
    shutil.rmtree(terminal.data / "blobs")
    shutil.rmtree(terminal.data / "files")
    there = {**bucket.environ(), "LIMNER_STORE": bucket.store}
    with serving(settings_of(terminal, store=bucket.store), bucket.environ()) as server:
        client = openai.OpenAI(base_url=server.api, api_key=key)
        assert client.files.content(kept.id).read() == b"words"
        for picture in drawn.data or ():
            place = urlsplit(picture.url or "")
            with urlopen(f"{server.api.removesuffix('/v1')}{place.path}?{place.query}") as answer:
                digest = hashlib.sha256(answer.read()).hexdigest()
            assert digest == (picture.model_extra or {})["sha256"]
    assert "rules hold" in terminal.done_inside("audit", "--bytes", **there).out
    taken = terminal.done_inside("backup", "house.tar", "--json", **there).json
    assert (taken["wrong"], taken["manifest"]["pictures"]["number"]) == ([], 2)
    assert "LIMNER_STORE says" in terminal.inside("restore", "house.tar", **there).err
    back = terminal.done_inside("store", "copy", "local", **there)
    assert "copied 3 blobs" in back.out
    assert "rules hold" in terminal.done_inside("audit", "--bytes").out
    assert "lie there already" in terminal.inside("store", "copy", "local").err


def test_what_is_missing_is_named_and_ends_with_one(
    terminal: Terminal, bucket: ObjectStoreStandIn
) -> None:
    settings = settings_of(terminal)
    key = asyncio.run(a_key(settings))
    with serving(settings) as server:
        openai.OpenAI(base_url=server.api, api_key=key).images.generate(
            model="sketch-1", prompt="a harbour"
        )
    (blob,) = (terminal.data / "blobs").rglob("a_*")
    blob.write_bytes(blob.read_bytes()[:-1] + b"x")
    failed = terminal.inside("store", "copy", bucket.store, **bucket.environ())
    assert failed.code == 1
    assert f"missing, or not as its row says: {blob.name}" in failed.out
    assert bucket.keys() == []
    audited = terminal.inside("audit", LIMNER_STORE=bucket.store, **bucket.environ())
    assert audited.code == 1
    assert blob.name in audited.out
