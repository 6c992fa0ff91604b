"""What ComfyUI is told: a workflow with an order's parameters in their places.

A parameter without a place is not sent, and the answer says so. The name of what is saved is new
each time: a graph that is the same in everything is answered from a cache, without a picture.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from limner.providers.base import Order, Scalar
from limner.providers.comfyui_places import Graph, Node
from limner.providers.comfyui_workflows import Workflow, Workflows
from limner.providers.failures import failure, not_taken

WHO = "comfyui"
SHAPE = frozenset({"size", "aspect_ratio", "image_size"})
"""Told as pixels, where a workflow takes those."""
OWN = frozenset({"output_format", "output_compression", "user", "response_format"})
"""Met when the picture is fetched, or not a server's business."""
PREFIX = "filename_prefix"


def workflow_for(order: Order, workflows: Workflows) -> Workflow:
    """Raises ProviderError for what no workflow here does."""
    found = workflows.get((order.upstream_model, order.task))
    if found is not None:
        return found
    there = [task for name, task in workflows if name == order.upstream_model]
    if there:
        raise not_taken(f"{WHO} has no workflow here to {order.task} with {order.upstream_model}")
    detail = f"no workflow {order.upstream_model}"
    raise failure(WHO, "known_not_run", "model_unavailable", detail=detail)


def check_order(order: Order, workflow: Workflow) -> None:
    """Raises ProviderError for pictures that a workflow has no place for."""
    wanted, given = len(workflow.takes.get("image", ())), len(order.images)
    if given != wanted:
        raise not_taken(
            f"the workflow {workflow.title} works on {counted(wanted)}, and {counted(given)} "
            "came with this order"
        )
    if order.mask is not None and "mask" not in workflow.takes:
        raise not_taken(f"the workflow {workflow.title} takes no mask")
    if order.mask is None and "mask" in workflow.takes:
        raise not_taken(f"the workflow {workflow.title} needs a mask")


def counted(pictures: int) -> str:
    return "1 picture" if pictures == 1 else f"{pictures or 'no'} pictures"


def request_body(
    order: Order,
    workflow: Workflow,
    *,
    prompt_id: str,
    seed: int | None = None,
    pictures: Sequence[str] = (),
    mask: str | None = None,
) -> bytes:
    """The JSON that is sent; pictures and mask are the names that their uploads have there."""
    inputs = {name: dict(node.inputs) for name, node in workflow.graph.items()}
    for name, value in values(order, workflow, seed).items():
        for place in workflow.takes.get(name, ()):
            inputs[place.node][place.input] = value
    for place, picture in zip(workflow.takes.get("image", ()), pictures, strict=True):
        inputs[place.node][place.input] = picture
    for place in workflow.takes.get("mask", ()):
        inputs[place.node][place.input] = mask
    prefix = inputs[workflow.output_node].get(PREFIX)
    if isinstance(prefix, str):
        inputs[workflow.output_node][PREFIX] = f"{prefix}-{prompt_id}"
    return msgspec.json.encode(
        {
            "prompt": graph(workflow.graph, inputs),
            "client_id": prompt_id,
            "prompt_id": prompt_id,
            "partial_execution_targets": [workflow.output_node],
        }
    )


def graph(nodes: Graph, inputs: Mapping[str, dict[str, object]]) -> dict[str, Node]:
    return {name: Node(node.class_type, inputs[name]) for name, node in nodes.items()}


def values(order: Order, workflow: Workflow, seed: int | None) -> dict[str, Scalar]:
    """What there is to be told, by the names that a workflow's map uses."""
    told = {
        **order.params,
        "width": order.width,
        "height": order.height,
        "n": order.n,
    }
    if seed is not None:
        told["seed"] = seed
    if order.task != "upscale":
        told["prompt"] = order.prompt
    steps = workflow.qualities.get(str(order.params.get("quality", "")))
    if steps is not None and "steps" not in order.given:
        told["steps"] = steps
    return told


def unsaid(order: Order, workflow: Workflow) -> Iterator[str]:
    """One line for each parameter that this workflow has no place for."""
    told = {*workflow.takes, *OWN}
    if {"width", "height"} <= workflow.takes.keys():
        told |= SHAPE
    if workflow.qualities:
        told.add("quality")
    for name in order.given:
        if name not in told:
            yield f"{name} was not sent: the workflow that drew this has no place for it"
