"""Asking ComfyUI whether it has what the workflows need: free, and before an order meets it.

Each class of node is asked about once: whether it is there, whether it gives out pictures where it
must, and whether the files that its inputs name are among those it has.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from limner.providers.base import ProviderError
from limner.providers.comfyui_fields import WHO
from limner.providers.comfyui_places import Place
from limner.providers.comfyui_server import Server
from limner.providers.comfyui_workflows import Workflow, Workflows
from limner.providers.failures import failure, no_answer, somebody_else, turned_away
from limner.providers.http import HttpFailure

CHECK_S = 10.0
ANSWERS: Mapping[int, str] = {
    401: "whatever stands before {who} does not accept this key",
    403: "whatever stands before {who} does not let this key in",
    404: "nothing at this address tells what {who} has; it is usually like http://127.0.0.1:8188",
}
Told = TypeVar("Told")
NO_METADATA = "--disable-metadata"
"""The option of ComfyUI that keeps workflows out of PNG files."""


class System(msgspec.Struct, frozen=True):
    comfyui_version: str = ""
    argv: list[str] = []


class Stats(msgspec.Struct, frozen=True):
    system: System


class Kind(msgspec.Struct, frozen=True):
    """What is known of a class: its inputs, in groups, and whether it gives something out."""

    input: dict[str, dict[str, Any] | None] = {}
    output_node: bool = False

    def choices(self, name: str) -> list[Any] | None:
        """What an input may be, where that is a list; it is written in two ways."""
        told = next((group[name] for group in self.input.values() if group and name in group), None)
        match told:
            case [list() as values, *_] | ["COMBO", {"options": list() as values}, *_]:
                return values
        return None


Kinds = Mapping[str, Kind]
"""By class; one that the server does not have is missing."""


async def asked_for_workflows(server: Server, workflows: Workflows) -> str:
    """What came of it, in an operator's words. Raises ProviderError where an order would fail."""
    system = (await asked(server, "/system_stats", Stats)).system
    classes = {node.class_type for one in workflows.values() for node in one.graph.values()}
    kinds = await known_kinds(server, sorted(classes))
    faults = [fault for one in workflows.values() for fault in lacking(one, kinds)]
    if faults:
        raise ProviderError(
            f"{WHO} answers, but {'; '.join(faults)}",
            outcome="known_not_run",
            reason="model_unavailable",
        )
    titles = ", ".join(one.title for one in workflows.values())
    said = f"{WHO} {system.comfyui_version} has what its workflows need: {titles}"
    if system.argv and NO_METADATA not in system.argv:
        said += f". Its PNG files hold the workflow, unless it is started with {NO_METADATA}"
    return said


async def known_kinds(server: Server, classes: Sequence[str]) -> Kinds:
    paths = [f"/object_info/{quote(name, safe='')}" for name in classes]
    told = await asyncio.gather(*(asked(server, path, dict[str, Kind]) for path in paths))
    return {name: kind for one in told for name, kind in one.items()}


async def asked(server: Server, path: str, shape: type[Told]) -> Told:
    """What is told at a path. Raises ProviderError."""
    try:
        reply = await server.http.get(
            f"{server.base_url}{path}", headers=server.headers, timeout_s=CHECK_S
        )
    except HttpFailure as failed:
        raise no_answer(WHO, failed) from failed
    if reply.status != 200:
        would_be = failure(WHO, "known_not_run", detail=f"HTTP {reply.status}")
        raise turned_away(WHO, reply, would_be, ANSWERS)
    try:
        return msgspec.json.decode(reply.body, type=shape)
    except msgspec.MsgspecError:
        raise somebody_else(WHO) from None


def lacking(workflow: Workflow, kinds: Kinds) -> Iterator[str]:
    """What keeps the server from drawing a workflow."""
    filled = {place for places in workflow.takes.values() for place in places}
    for name, node in workflow.graph.items():
        where = f"{workflow.title}.json, node {name} ({node.class_type}):"
        kind = kinds.get(node.class_type)
        if kind is None:
            yield f"{where} it has no such class"
            continue
        if name == workflow.output_node and not kind.output_node:
            yield f"{where} gives out no picture; output_node is one such as SaveImage"
        for word, value in node.inputs.items():
            choices, here = kind.choices(word), Place(name, word)
            own = here not in filled and not isinstance(value, list)
            if own and choices is not None and value not in choices:
                yield f"{where} it has no {word} {value!r}"
