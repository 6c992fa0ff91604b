"""The workflows of an operator's ComfyUI: each a graph as it is exported, and a map of its inputs.

A folder holds NAME.json in ComfyUI's API format and NAME.toml beside it, where
`prompt = "6.inputs.text"` says which input of which node gets the prompt. NAME draws new pictures,
NAME.edit works on given ones and NAME.upscale enlarges one. All are checked when they are read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from limner.errors import ConfigError
from limner.providers.base import Task
from limner.providers.comfyui_places import Graph, Node, Place, Told, check_words, place

NEEDED: Mapping[Task, tuple[str, ...]] = {
    "generate": ("prompt", "seed"),
    "edit": ("prompt", "seed", "image"),
    "upscale": ("image",),
}
"""By task. All but new pictures have files whose name ends in theirs."""

Lines: TypeAlias = dict[str, str | list[str]]


class Map(msgspec.Struct, frozen=True):
    """What a map says beside the places of parameters."""

    output_node: str = ""
    progress: str | list[str] = []
    quality: str | list[str] | dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Workflow:
    """`takes` says to which places a parameter goes; pictures have a place each, in their order.

    `qualities` are the steps that words for quality stand for, `progress` the nodes whose steps
    tell how far it is.
    """

    name: str
    task: Task
    graph: Graph
    takes: Mapping[str, tuple[Place, ...]]
    output_node: str
    qualities: Mapping[str, int]
    progress: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.name if self.task == "generate" else f"{self.name}.{self.task}"


Workflows: TypeAlias = Mapping[tuple[str, Task], Workflow]


def workflows_in(folder: str) -> Workflows:
    """Every workflow of a folder. Raises ConfigError naming the file, the node and the input."""
    home = Path(folder)
    try:
        names = sorted(path.name for path in home.iterdir())
    except OSError as error:
        raise ConfigError(f"the workflows in {folder} cannot be read: {error.strerror}") from None
    for name in names:
        if name.endswith(".json") and name.removesuffix(".json") + ".toml" not in names:
            raise ConfigError(
                f"{home / name} has no {name.removesuffix('.json')}.toml beside it, which says "
                "where a prompt and the rest go"
            )
    read = [read_workflow(home / name) for name in names if name.endswith(".toml")]
    if not read:
        raise ConfigError(f"{folder} holds no workflow; one is a NAME.json and a NAME.toml")
    return {(one.name, one.task): one for one in read}


def read_workflow(file: Path) -> Workflow:
    """The workflow whose map this is. Raises ConfigError."""
    name, task = named(file.stem)
    graph = read_graph(file.with_suffix(".json"))
    words, said = read_map(file)
    steps = said.quality if isinstance(said.quality, dict) else {}
    wanted = (*NEEDED[task], "steps") if steps else NEEDED[task]
    if task == "upscale" and "scale" not in words:
        wanted = (*wanted, "width", "height")
    check_words(file, words, wanted)
    progress = listed(said.progress)
    for word, node in (("output_node", said.output_node), *(("progress", one) for one in progress)):
        check_node(Told(file, word, node), graph)
    takes = {
        word: tuple(place(Told(file, word, path), graph) for path in listed(paths))
        for word, paths in words.items()
    }
    return Workflow(name, task, graph, takes, said.output_node, steps, progress)


def named(stem: str) -> tuple[str, Task]:
    """A workflow's name and task, from the name of its files."""
    name, dot, last = stem.rpartition(".")
    task = next((task for task in NEEDED if dot and last == task), None)
    return (name, task) if task else (stem, "generate")


def listed(told: str | list[str]) -> tuple[str, ...]:
    return (told,) if isinstance(told, str) else tuple(told)


def check_node(told: Told, graph: Graph) -> None:
    if told.path not in graph:
        workflow = told.file.with_suffix(".json").name
        raise told.wrong(f"{workflow} has no such node; it has {', '.join(graph)}")


def read_map(file: Path) -> tuple[Lines, Map]:
    """The lines that say where parameters go, and what else there is. Raises ConfigError."""
    try:
        lines = msgspec.toml.decode(file.read_bytes(), type=dict[str, Any])
        said = msgspec.convert(lines, Map)
        for word in Map.__struct_fields__:
            if word != "quality" or isinstance(said.quality, dict):
                lines.pop(word, None)
        return msgspec.convert(lines, Lines), said
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise unreadable(file, error) from None


def read_graph(file: Path) -> Graph:
    """Raises ConfigError for what is no workflow, or one that the editor saved for itself."""
    try:
        data = file.read_bytes()
        whole = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        if {"nodes", "links"} <= whole.keys():
            raise ConfigError(
                f"{file} is a workflow as ComfyUI's editor keeps it; export it with "
                "Workflow > Export (API)"
            )
        return msgspec.json.decode(data, type=dict[str, Node])
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise unreadable(file, error) from None


def unreadable(file: Path, error: Exception) -> ConfigError:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return ConfigError(f"{file} cannot be read: {said}")
