"""The OpenAPI document is sound and complete, whatever routes there are."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
from jsonschema_rs import Draft202012Validator, meta

from limner.api.openapi import chapters, refusals
from limner.api.openapi.document import document as written
from limner.api.openapi.headers import HEADERS
from limner.api.openapi.sheets import FOLDER, sheet
from limner.api.openapi.sheets import refusals as told_refusals
from limner.api.operation import Operation
from limner.api.routing import OPERATIONS
from limner.api.wire.errors import ErrorEnvelope

FIELDS = {
    "tags",
    "operationId",
    "summary",
    "description",
    "security",
    "parameters",
    "responses",
    "requestBody",
    "x-codeSamples",
}
DOCUMENT: dict[str, Any] = json.loads(msgspec.json.encode(written(OPERATIONS)))
each = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)


def told(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return found


def responses() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every response, with its operation and status."""
    for one in OPERATIONS:
        for status, response in told(one)["responses"].items():
            yield one.name, status, response


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def within(schema: object) -> Draft202012Validator:
    """A validator of a schema that may refer to the document's components."""
    assert isinstance(schema, dict)
    return Draft202012Validator(schema | {"components": DOCUMENT["components"]})


async def test_the_server_serves_it(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == DOCUMENT


def test_it_has_the_form_of_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"
    assert DOCUMENT["info"].keys() >= {"title", "version", "license", "description"}
    assert DOCUMENT["servers"]
    names = []
    for path, item in DOCUMENT["paths"].items():
        assert path.startswith("/")
        for method, operation in item.items():
            assert method in ("get", "post", "put", "patch", "delete")
            assert operation.keys() <= FIELDS
            assert operation["tags"][0] in [one["name"] for one in DOCUMENT["tags"]]
            names.append(operation["operationId"])
            check_parameters(path, operation.get("parameters", []))
            assert "requestBody" not in operation or method in ("post", "put", "patch")
    assert len(names) == len(set(names))


def check_parameters(path: str, parameters: list[dict[str, Any]]) -> None:
    in_path = {one["name"] for one in parameters if one["in"] == "path"}
    assert in_path == set(re.findall(r"{(\w+)}", path))
    for one in parameters:
        assert one["in"] in ("path", "query", "header")
        assert one["schema"]
        assert one["description"]
        assert one["in"] != "path" or one["required"] is True


def test_every_response_says_what_it_means_and_which_headers_it_has() -> None:
    for name, status, response in responses():
        assert re.fullmatch("[2-5][0-9][0-9]", status)
        assert response["description"], f"{name} {status}"
        assert "x-request-id" in response["headers"]


def test_every_reference_leads_somewhere_and_no_component_is_left_over() -> None:
    found = set(references(DOCUMENT))
    for reference in found:
        _, *steps = reference.split("/")
        place: Any = DOCUMENT
        for step in steps:
            place = place[step]
    schemas = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    unmet = {f"#/components/schemas/{refusals.schema_name(one)}" for one in refusals.every_error()}
    assert schemas - found - unmet == set()


def test_every_schema_is_json_schema() -> None:
    for name, schema in DOCUMENT["components"]["schemas"].items():
        assert meta.is_valid(schema), name


def test_every_field_says_what_it_means() -> None:
    missing = [
        f"{name}.{field} is not described: write a string below it, or a line in "
        "src/limner/api/openapi/fields.toml"
        for name, schema in DOCUMENT["components"]["schemas"].items()
        for field, said in schema["properties"].items()
        if "description" not in said and "allOf" not in schema
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_every_link_leads_to_an_operation_and_fills_a_parameter_of_its_path() -> None:
    paths = {one.name: one.path for one in OPERATIONS}
    found = [(name, link) for name, _, one in responses() for link in one.get("links", {}).values()]
    for _, link in found:
        for parameter in link["parameters"]:
            assert f"{{{parameter}}}" in paths[link["operationId"]]
    assert {("create_images", "read_job"), ("create_file", "read_file")} <= {
        (name, link["operationId"]) for name, link in found
    }


def test_every_operation_has_a_chapter_a_summary_and_an_example() -> None:
    missing = [sentence for one in OPERATIONS for sentence in lacking(one)]
    assert not missing, "\n" + "\n".join(missing)


def lacking(operation: Operation) -> Iterator[str]:
    """What the reference has to have and has not, and where to write it."""
    name, said = operation.name, sheet(operation.name)
    file = f"src/limner/api/openapi/sheets/{name}.toml"
    known = {one.name for one in chapters.CHAPTERS}
    paths = [path for one in chapters.CHAPTERS for path in one.paths]
    placed = operation.tag or operation.path.startswith(tuple(paths))
    if not placed or chapters.chapter_of(operation) not in known:
        yield f"{operation.path} is in no chapter: see api/openapi/chapters.py"
    if not operation.summary:
        yield f"{name} has no summary: say in its declaration what it is for"
    if (operation.body or operation.form) and not said.requests:
        yield f"{name} has no example of a request: write [[requests]] in {file}"
    if operation.answer and not said.answer:
        yield f"{name} has no example of its answer: write `answer` in {file}"
    if operation.frames and not said.stream:
        yield f"{name} has no example of a stream: write `stream` in {file}"


def test_every_sheet_belongs_to_an_operation() -> None:
    names = {one.name for one in OPERATIONS} | {"errors"}
    sheets = {one.name.removesuffix(".toml") for one in FOLDER.iterdir()}
    assert sheets - names == set()


def test_every_error_code_has_a_meaning_and_a_message() -> None:
    missing = [
        f"{code} has no example: write [{code}] in src/limner/api/openapi/sheets/errors.toml"
        for code in refusals.unexplained()
    ]
    assert not missing, "\n" + "\n".join(missing)
    assert set(told_refusals()) == {one.code for one in refusals.every_error()}


def test_every_error_is_the_one_envelope_with_its_code() -> None:
    examples, schemas = DOCUMENT["components"]["examples"], DOCUMENT["components"]["schemas"]
    for one in refusals.every_error():
        value = examples[one.code]["value"]
        msgspec.convert(value, ErrorEnvelope)
        within(schemas[refusals.schema_name(one)]).validate(value)


@each
def test_its_errors_are_told_with_their_codes(operation: Operation) -> None:
    for status in {*operation.errors, *refusals.ALWAYS}:
        media = told(operation)["responses"][str(status)]["content"]["application/json"]
        codes = {one.code for one in refusals.met_by(operation, status)}
        assert codes, f"{operation.name} declares {status}, which no error of errors.py has"
        assert media["examples"].keys() == codes
        for code in codes:
            within(media["schema"]).validate(DOCUMENT["components"]["examples"][code]["value"])


@each
def test_its_examples_have_the_shape_they_are_told_to_have(operation: Operation) -> None:
    described = told(operation)
    for media in described.get("requestBody", {"content": {}})["content"].values():
        for example in media.get("examples", {}).values():
            within(media["schema"]).validate(example["value"])
    media = described["responses"][str(operation.status)]["content"]
    if operation.answer:
        kind = media[operation.content_type]
        for example in kind.get("examples", {}).values():
            within(kind["schema"]).validate(example["value"])
            msgspec.json.decode(json.dumps(example["value"]), type=operation.answer)
    if operation.frames:
        stream = media["text/event-stream"]
        frames = stream["schema"]["properties"]["data"]["anyOf"][-1]["contentSchema"]
        for example in stream.get("examples", {}).values():
            check_frames(example["value"], frames)


def check_frames(text: str, schema: dict[str, Any]) -> None:
    lines = [line for line in text.split("\n") if line and line[0] != ":"]
    assert lines[-1] == "data: [DONE]"
    for line in lines[:-1]:
        within(schema).validate(json.loads(line.removeprefix("data: ")))


@each
def test_its_examples_use_values_it_knows(operation: Operation) -> None:
    names = {one["name"] for one in told(operation).get("parameters", [])}
    for request in sheet(operation.name).requests:
        assert {*request.path, *request.query} <= names
        assert set(re.findall(r"{(\w+)}", operation.path)) <= set(request.path)
        assert {name.lower() for name in request.headers} <= {name.lower() for name in names}


@each
async def test_it_opens_without_a_key_or_does_not(
    nobody: httpx.AsyncClient, operation: Operation
) -> None:
    path = re.sub(r"{\w+}", "a_01KA7M3W8Y5D2F4H6J8K0M2N4P", operation.path)
    answer = await nobody.request(operation.method, path, content=b"{}")
    assert (answer.status_code == 401) is not operation.public
    if answer.status_code >= 400:
        assert answer.status_code in operation.errors
        msgspec.json.decode(answer.content, type=ErrorEnvelope)


def test_header_names_are_lower_case_and_explained() -> None:
    for name, header in HEADERS.items():
        assert name == name.lower()
        assert header.description


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
