"""What an operation takes: parameters, and a body as JSON or as a form."""

from limner.api.openapi.schemas import ref, schema_of
from limner.api.openapi.sheets import Sheet, sheet, value_of
from limner.api.openapi.standard import queries, type_of
from limner.api.operation import Operation, Query
from limner.web.openapi import Example, Examples, Media, Parameter, RequestBody, Schema

FORM = "multipart/form-data"
IDS = {
    "job_id": ("the id of a job", "imgjob_01KA7M3W8Y5D2F4H6J8K0M2N4P"),
    "file_id": ("the id of a file", "file_7kQ2mX9pB4nT6vR8sW1zY3cF"),
    "asset_id": (
        "the id of a picture or recording, as links have it",
        "a_01KA7M3W8Y5D2F4H6J8K0M2N4P",
    ),
    "slug": ("the slug of a model, or an alias", "sketch-1"),
    "id": ("the id of it", ""),
}
WORKSPACE = ("the id or the name of a workspace", "default")


def parameters(operation: Operation) -> list[Parameter]:
    return [*in_path(operation), *beside_path(operation)]


def in_path(operation: Operation) -> list[Parameter]:
    parts = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    return [parameter(operation, name) for name in parts]


def parameter(operation: Operation, name: str) -> Parameter:
    about, example = IDS.get(name, (f"the {name.replace('_', ' ')}", ""))
    if operation.path.startswith("/v1/admin/workspaces/"):
        about, example = WORKSPACE
    tried = [one.path[name] for one in sheet(operation.name).requests if name in one.path]
    return Parameter(
        name=name,
        place="path",
        description=about,
        required=True,
        schema={"type": "string"},
        example=(tried or [example])[0] or f"{name}",
    )


def beside_path(operation: Operation) -> list[Parameter]:
    return [
        Parameter(
            name=one.name,
            place=one.place,
            description=one.about,
            schema=values_of(one),
        )
        for one in queries(operation)
    ]


def values_of(query: Query) -> Schema:
    """What a parameter may be. An empty one in the query counts as not sent."""
    schema = schema_of(type_of(query))
    if query.place == "header" or schema.get("type") == "string":
        return schema
    return {"anyOf": [schema, {"const": ""}]}


def request_body(operation: Operation) -> RequestBody | None:
    said = sheet(operation.name)
    content = {}
    if operation.body is not None:
        content["application/json"] = taken(operation.body, bodies(said))
    if operation.form is not None:
        content[FORM] = taken(operation.form, forms(said))
    return RequestBody(required=operation.body_required, content=content) if content else None


def taken(kind: type, examples: Examples) -> Media:
    return Media(schema=ref(kind.__name__), examples=examples)


def bodies(said: Sheet) -> Examples:
    return {
        f"example_{number}": Example(summary=one.title, value=value_of(one.body))
        for number, one in enumerate(said.requests, 1)
        if one.body
    }


def forms(said: Sheet) -> Examples:
    return {
        f"example_{number}": Example(summary=one.title, value=one.form)
        for number, one in enumerate(said.requests, 1)
        if one.form
    }
