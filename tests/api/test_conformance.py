"""What the server answers is what its OpenAPI document says: every operation, well and badly asked.

The calls are the examples of the reference and what can be got wrong anywhere, so that a new
operation is tried as soon as it is declared; below them are the calls that need to be thought of.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from tests.api.conforming import Told
from tests.api.things import DRAWING, SINGING, Clients, asset, dear_job, file, real_values
from tests.contract.gateway import Gateway, limited_key
from tests.files.pictures import encoded

from limner.api.openapi.document import document
from limner.api.openapi.sheets import Request, sheet
from limner.api.openapi.snippets import ADDRESS, snippets
from limner.api.operation import Operation
from limner.api.routing import OPERATIONS

TOLD = Told(json.loads(msgspec.json.encode(document(OPERATIONS))))
BY_NAME = {one.name: one for one in OPERATIONS}
BIRDS = b"a list of birds\n"
SAMPLES = {"birds.txt": BIRDS, "light.png": encoded()}
"""The files that examples speak of."""
each = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
WITH_PATH = [one for one in OPERATIONS if "{" in one.path]
WITH_BODY = [one for one in OPERATIONS if one.body]


@pytest.fixture
async def clients(gateway: Gateway) -> AsyncIterator[Clients]:
    def client(key: str | None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        return httpx.AsyncClient(
            base_url=gateway.server.url, headers=headers, timeout=60, verify=False
        )

    keys = gateway.keys
    async with (
        client(keys.test) as key,
        client(keys.live) as live,
        client(keys.admin) as admin,
        client(None) as nobody,
    ):
        yield Clients(key, live, admin, nobody)


def path_of(operation: Operation, values: Mapping[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: values[found[1]], operation.path)


@each
async def test_its_examples_are_answered_well_and_as_it_says(
    clients: Clients, operation: Operation
) -> None:
    for example in tried(operation):
        values = await real_values(operation, clients)
        query = {name: values.get(name, value) for name, value in example.query.items()}
        answer = await clients.asking(operation).request(
            operation.method,
            path_of(operation, values),
            params=query,
            headers=once(example.headers) | accepting(operation),
            **await sent(example, clients),
        )
        TOLD.check(operation, answer)
        expected = {operation.status, *operation.others}
        expected |= {504} if example.headers.get("Prefer") == "wait=0" else set()
        assert answer.status_code in expected, answer.text


def tried(operation: Operation) -> list[Request]:
    """Its examples; what takes nothing needs none."""
    needs_none = not operation.body and not operation.form
    return sheet(operation.name).requests or ([Request(title="")] if needs_none else [])


def once(headers: dict[str, str]) -> dict[str, str]:
    """The headers with an idempotency key that nobody has used."""
    return {
        name: uuid.uuid4().hex if name.lower() == "idempotency-key" else value
        for name, value in headers.items()
    }


def accepting(operation: Operation) -> dict[str, str]:
    return {"accept": operation.content_type if operation.answer is None else "*/*"}


async def sent(example: Request, clients: Clients) -> dict[str, Any]:
    """The body of an example as httpx takes it, with a job that is there where it names one."""
    if example.body:
        body = json.loads(example.body)
        return {"json": body | {"job_id": await dear_job(clients)} if "job_id" in body else body}
    files = {name: (at[1:], SAMPLES[at[1:]]) for name, at in example.form.items() if at[:1] == "@"}
    parts = {name: value for name, value in example.form.items() if value[:1] != "@"}
    return {"data": parts, "files": files} if example.form else {}


@pytest.mark.parametrize("operation", WITH_PATH, ids=lambda one: one.name)
async def test_what_is_not_there_is_answered_as_it_says(
    clients: Clients, operation: Operation
) -> None:
    nowhere = dict.fromkeys(re.findall(r"{(\w+)}", operation.path), "nothing-of-this-name")
    body = json.loads(next((one.body for one in sheet(operation.name).requests if one.body), "{}"))
    answer = await clients.asking(operation).request(
        operation.method, path_of(operation, nowhere), json=body
    )
    TOLD.check(operation, answer)
    assert answer.status_code == 404


@pytest.mark.parametrize("body", ["", "{", "[]", '{"model": 7, "name": 7, "url": 7, "n": "x"}'])
@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
async def test_a_body_that_is_none_is_answered_as_it_says(
    clients: Clients, operation: Operation, body: str
) -> None:
    path = path_of(operation, await real_values(operation, clients))
    answer = await clients.asking(operation).request(operation.method, path, content=body)
    TOLD.check(operation, answer)
    assert answer.status_code in (200, 400)


@each
async def test_a_key_that_is_none_is_answered_as_it_says(
    clients: Clients, operation: Operation
) -> None:
    path = re.sub(r"{\w+}", "nothing", operation.path)
    answer = await clients.nobody.request(operation.method, path, content=b"{}")
    TOLD.check(operation, answer)
    assert operation.public or answer.status_code == 401


@each
async def test_a_key_of_the_wrong_kind_is_answered_as_it_says(
    clients: Clients, operation: Operation
) -> None:
    if operation.public:
        return
    other = clients.key if clients.asking(operation) is clients.admin else clients.admin
    path = re.sub(r"{\w+}", "nothing", operation.path)
    answer = await other.request(operation.method, path, content=b"{}")
    TOLD.check(operation, answer)
    assert answer.status_code in (401, 403)


@pytest.mark.parametrize(
    ("prompt", "status"),
    [
        ("[[limner:refuse]]", 400),
        ("[[limner:rate_limit]]", 503),
        ("[[limner:fail=500]]", 502),
        ("[[limner:partial=1/2]]", 200),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_what_goes_wrong_in_a_generation_is_answered_as_it_says(
    clients: Clients, prompt: str, status: int, stream: bool
) -> None:
    body = DRAWING | {"model": "gpt-image-2", "size": "1024x1024", "prompt": prompt, "n": 2}
    answer = await clients.key.post("/v1/images/generations", json=body | {"stream": stream})
    TOLD.check(BY_NAME["create_images"], answer)
    assert answer.status_code == (200 if stream else status)  # a stream tells it in a frame


async def test_what_a_key_may_not_have_is_answered_as_it_says(
    gateway: Gateway, clients: Clients
) -> None:
    keys, operation = gateway.keys, BY_NAME["create_images"]
    for key, model, status in (
        (keys.poor, "dall-e-3", 402),
        (keys.bound, "dall-e-3", 403),
        (keys.live, "imagen-3", 410),
        (keys.live, "no-such-model", 404),
        (keys.live, "flux-2-pro", 503),
    ):
        answer = await clients.nobody.post(
            "/v1/images/generations",
            json={"model": model, "prompt": "a kite"},
            headers={"authorization": f"Bearer {key}"},
        )
        TOLD.check(operation, answer)
        assert answer.status_code == status


async def test_requests_beyond_a_rate_are_answered_as_it_says(
    gateway: Gateway, clients: Clients
) -> None:
    headers = {"authorization": f"Bearer {await limited_key(gateway, requests_per_minute=1)}"}
    for status in (200, 403, 403):
        answer = await clients.nobody.post("/v1/images/generations", json=DRAWING, headers=headers)
        TOLD.check(BY_NAME["create_images"], answer)
        assert answer.status_code == status


async def test_repeats_are_answered_as_it_says(clients: Clients) -> None:
    for name, path, body in (
        ("create_images", "/v1/images/generations", DRAWING),
        ("create_music", "/v1/music/generations", SINGING),
    ):
        headers = {"idempotency-key": uuid.uuid4().hex}
        for fields, status in ((body, 200), (body, 200), (body | {"prompt": "other"}, 409)):
            answer = await clients.key.post(path, json=fields, headers=headers)
            TOLD.check(BY_NAME[name], answer)
            assert answer.status_code == status


async def test_ranges_and_versions_of_bytes_are_answered_as_it_says(clients: Clients) -> None:
    picture = await asset(clients)
    path = f"/v1/assets/{picture['asset_id']}?exp={picture['exp']}&sig={picture['sig']}"
    stored = f"/v1/files/{(await file(clients))['file_id']}/content"
    for name, address in (("read_asset", path), ("read_file_content", stored)):
        whole = await clients.key.get(address)
        for headers, status in (
            ({"range": "bytes=0-2"}, 206),
            ({"range": "bytes=99999999-"}, 416),
            ({"if-none-match": whole.headers["etag"]}, 304),
        ):
            answer = await clients.key.get(address, headers=headers)
            TOLD.check(BY_NAME[name], answer)
            assert answer.status_code == status
        head = await clients.key.head(address)
        TOLD.check(BY_NAME[name], head)
        assert int(head.headers["content-length"]) == len(whole.content)


async def test_uploads_that_are_refused_are_answered_as_it_says(clients: Clients) -> None:
    for purpose, name, kind in (
        ("vision", "birds.txt", "text/plain"),
        ("user_data", "birds.png", "image/png"),
        ("nothing", "birds.txt", "text/plain"),
    ):
        answer = await clients.key.post(
            "/v1/files", data={"purpose": purpose}, files={"file": (name, BIRDS, kind)}
        )
        TOLD.check(BY_NAME["create_file"], answer)
        assert answer.status_code == 400


@pytest.fixture
def environ(gateway: Gateway, tmp_path: Path) -> dict[str, str]:
    """What a reader has set up who copies a command; `curl` fails where it was refused."""
    for name, data in SAMPLES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    return os.environ | {
        "CURL_HOME": str(tmp_path),
        "INFERY_API_KEY": gateway.keys.test,
        "LIMNER_ADMIN_KEY": gateway.keys.admin,
    }


@pytest.mark.parametrize("lang", ["sh", "python"])
def test_the_first_command_of_each_operation_does_what_it_says(
    gateway: Gateway, environ: dict[str, str], tmp_path: Path, lang: str
) -> None:
    """Of those that need nothing but a key."""
    if lang == "sh" and shutil.which("curl") is None:
        return  # its arguments are checked where there is one
    sources = [
        one.source.replace(ADDRESS, gateway.server.url).replace("studio", f"studio-{lang}")
        for operation in OPERATIONS
        if "{" not in operation.path and operation.path != "/" and tried(operation)
        for one in snippets(operation)[:2]
        if one.lang == lang
    ]
    runner = f"{sys.executable} -c {shlex.quote(RUNNER)}" if lang == "python" else "sh -e"
    script = json.dumps(sources) if lang == "python" else "\n".join(sources)
    done = subprocess.run(
        runner, shell=True, env=environ, cwd=tmp_path, input=script, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert sources


RUNNER = """
import json, sys
for source in json.load(sys.stdin):
    exec(compile(source, source, "exec"), {})
"""
