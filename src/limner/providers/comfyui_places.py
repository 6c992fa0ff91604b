"""Where a parameter goes in a ComfyUI graph: `6.inputs.text` is the input `text` of node 6.

A place is checked when it is read, so that a workflow that was exported anew and does not fit its
map any more is found before an order is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TypeAlias

import msgspec

from limner.errors import ConfigError

WORDS = ("prompt", "negative_prompt", "image", "mask")
"""Go to inputs that hold a text."""
NUMBERS = (
    "seed",
    "width",
    "height",
    "n",
    "steps",
    "guidance",
    "true_cfg_scale",
    "strength",
    "scale",
)
"""Go to inputs that hold a number."""
KNOWN = (*WORDS, *NUMBERS, "quality", "output_node", "progress")


class Node(msgspec.Struct, frozen=True):
    class_type: str
    inputs: dict[str, object] = {}


Graph: TypeAlias = Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Place:
    node: str
    input: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a map, and the files it is about."""

    file: Path
    word: str
    path: str

    def wrong(self, why: str) -> ConfigError:
        return ConfigError(f'{self.file}: {self.word} = "{self.path}": {why}')


def place(told: Told, graph: Graph) -> Place:
    """The place a path names. Raises ConfigError when the graph has none such, or a wire there."""
    workflow = told.file.with_suffix(".json").name
    node, found, name = told.path.partition(".inputs.")
    if not (node and found and name):
        raise told.wrong("a place is written NODE.inputs.INPUT, such as 6.inputs.text")
    if node not in graph:
        raise told.wrong(f"{workflow} has no node {node}; it has {', '.join(graph)}")
    kind, inputs = graph[node].class_type, graph[node].inputs
    if name not in inputs:
        raise told.wrong(
            f"node {node} ({kind}) of {workflow} has no input {name}; it has {', '.join(inputs)}"
        )
    value = inputs[name]
    if isinstance(value, list):
        raise told.wrong(
            f"that input of node {node} ({kind}) is wired to node {value[0] if value else '?'}; "
            "name the place the value comes from"
        )
    check_kind(told, value)
    return Place(node, name)


def check_kind(told: Told, value: object) -> None:
    """Raises ConfigError for an input that holds another kind of value than its word."""
    if told.word in WORDS and not isinstance(value, str):
        raise told.wrong(f"that input holds {value!r}, and {told.word} is a text")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if told.word in NUMBERS and not number:
        raise told.wrong(f"that input holds {value!r}, and {told.word} is a number")


def check_words(file: Path, words: Collection[str], needed: Iterable[str]) -> None:
    """Raises ConfigError for a word that is missing, or nearly one of those known here.

    Others are names of parameters that a model's own file declares.
    """
    for word in needed:
        if word not in words:
            raise ConfigError(
                f"{file}: {word} is missing; say where it goes, such as {word} = "
                f'"6.inputs.{"text" if word in WORDS else word}"'
            )
    for word in words:
        near = get_close_matches(word, KNOWN, 1, cutoff=0.8)
        if word not in KNOWN and near:
            raise ConfigError(f"{file}: {word} is not known; did you mean {near[0]}?")
