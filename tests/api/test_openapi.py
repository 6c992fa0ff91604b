"""The OpenAPI document is sound, tells of every route, and real answers have the declared shape."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from limner.api.operation import Operation
from limner.api.routing import OPERATIONS
from limner.api.wire.credits import CreditsBody
from limner.api.wire.errors import ErrorEnvelope
from limner.api.wire.models import Estimate, ModelBody, ModelList

ALLOWED = {
    "operationId",
    "summary",
    "security",
    "parameters",
    "responses",
    "requestBody",
}


@pytest.fixture
async def document(nobody: httpx.AsyncClient) -> dict[str, Any]:
    answer = await nobody.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_it_has_the_form_of_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"]
    assert document["info"]["version"]
    names = []
    for path, item in document["paths"].items():
        assert path.startswith("/")
        for method, operation in item.items():
            assert method in ("get", "post", "delete")
            assert operation.keys() <= ALLOWED
            names.append(operation["operationId"])
            check_parameters(path, operation["parameters"])
            assert "requestBody" not in operation or method == "post"
            for status, response in operation["responses"].items():
                assert re.fullmatch("[2-5][0-9][0-9]", status)
                assert response["description"]
    assert len(names) == len(set(names))


def check_parameters(path: str, parameters: list[dict[str, Any]]) -> None:
    in_path = {one["name"] for one in parameters if one["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", path))
    for one in parameters:
        assert one["in"] in ("path", "query", "header")
        assert one["schema"]
        assert one["in"] != "path" or one["required"] is True


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        _, *steps = reference.split("/")
        place: Any = document
        for step in steps:
            place = place[step]
    assert document["components"]["schemas"].keys() == {one.rpartition("/")[2] for one in found}


async def test_it_tells_of_every_route_and_its_errors(document: dict[str, Any]) -> None:
    for operation in OPERATIONS:
        told = document["paths"][operation.path][operation.method.lower()]
        assert {str(status) for status in operation.errors} <= told["responses"].keys()
        assert {"500", "503"} <= told["responses"].keys()
        envelope = {"$ref": "#/components/schemas/ErrorEnvelope"}
        for status, response in told["responses"].items():
            if status >= "400":
                assert response["content"]["application/json"]["schema"] == envelope


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
async def test_public_routes_open_without_a_key_and_others_do_not(
    nobody: httpx.AsyncClient, operation: Operation
) -> None:
    path = re.sub(r"{\w+}", "a_01KA7M3W8Y5D2F4H6J8K0M2N4P", operation.path)
    answer = await nobody.request(operation.method, path, content=b"{}")
    assert (answer.status_code == 401) is not operation.public
    if answer.status_code >= 400:
        assert answer.status_code in operation.errors
        msgspec.json.decode(answer.content, type=ErrorEnvelope)


async def test_answers_have_the_declared_shape(play: httpx.AsyncClient) -> None:
    kinds = {
        "/v1/models": ModelList,
        "/v1/models/gpt-image-2-5-flare": ModelBody,
        "/v1/credits": CreditsBody,
    }
    for path, kind in kinds.items():
        msgspec.json.decode((await play.get(path)).content, type=kind, strict=True)
    answer = await play.post("/v1/models/dall-e-3/estimate", json={"n": 1})
    told = msgspec.json.decode(answer.content, type=Estimate)
    lines = msgspec.json.decode(msgspec.json.encode(told.breakdown), type=list[dict[str, Any]])
    assert sum(line["credits"] for line in lines) == told.credits == 4


async def test_every_model_of_the_list_can_be_read_and_says_the_same(
    play: httpx.AsyncClient,
) -> None:
    listed = (await play.get("/v1/models")).json()["data"]
    for one in listed[::7]:
        whole = (await play.get(f"/v1/models/{one['id']}")).json()
        assert {name: whole[name] for name in one} == one
        assert whole["allowedParams"] == one["_infery"]["allowed_params"]
        assert whole["capabilities"] == one["_infery"]["capabilities"]
        assert whole["pricing"] == one["_infery"]["pricing"]
