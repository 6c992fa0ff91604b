"""Workflow files: what does not fit is named by file, node and input before anybody orders."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.providers.orders import an_order
from tests.standins.comfyui import WORKFLOWS

from limner.errors import ConfigError
from limner.providers.comfyui_fields import request_body, values
from limner.providers.comfyui_places import Place
from limner.providers.comfyui_watching import Watch
from limner.providers.comfyui_workflows import Workflow, workflows_in
from limner.providers.registry import build, checked_options


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one workflow, to be spoilt."""
    for name in ("flux-dev.json", "flux-dev.toml"):
        shutil.copy(WORKFLOWS / name, tmp_path)
    return tmp_path


def changed(folder: Path, name: str, was: str, now: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert was in text
    (folder / name).write_text(text.replace(was, now, 1))


def only(folder: Path) -> Workflow:
    (workflow,) = workflows_in(str(folder)).values()
    return workflow


def refused(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        workflows_in(str(folder))
    return str(caught.value)


def test_a_file_s_name_says_which_model_and_task_it_is_for() -> None:
    assert workflows_in(str(WORKFLOWS)).keys() == {
        ("flux-dev", "generate"),
        ("flux-dev", "edit"),
        ("esrgan", "upscale"),
    }


def test_a_name_with_dots_is_a_name(folder: Path) -> None:
    for kind in ("json", "toml"):
        (folder / f"flux-dev.{kind}").rename(folder / f"sdxl-1.0.{kind}")
    assert only(folder).name == "sdxl-1.0"


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            "6.inputs.text",
            "66.inputs.text",
            'prompt = "66.inputs.text": flux-dev.json has no node 66; it has 3, 4, 5, 6, 7, 8, 9',
        ),
        (
            "6.inputs.text",
            "6.inputs.prompt",
            "node 6 (CLIPTextEncode) of flux-dev.json has no input prompt; it has text, clip",
        ),
        ("6.inputs.text", "6.text", "a place is written NODE.inputs.INPUT, such as 6.inputs.text"),
        (
            "6.inputs.text",
            "6.inputs.clip",
            "that input of node 6 (CLIPTextEncode) is wired to node 4",
        ),
        ("3.inputs.seed", "6.inputs.text", "holds 'a picture', and seed is a number"),
        ("6.inputs.text", "3.inputs.seed", "holds 1, and prompt is a text"),
        (
            'output_node = "9"',
            'output_node = "99"',
            'output_node = "99": flux-dev.json has no such',
        ),
        ('output_node = "9"', "", 'output_node = "": flux-dev.json has no such node'),
        ("prompt =", "promt =", "prompt is missing; say where it goes"),
        ("steps =", "stesp =", "stesp is not known; did you mean steps?"),
        ("seed =", "sampler =", "seed is missing; say where it goes"),
        ('steps = "3.inputs.steps"', "steps = 4", "flux-dev.toml cannot be read: Expected"),
        ("prompt =", "prompt", "flux-dev.toml cannot be read: "),
    ],
)
def test_a_map_that_does_not_fit_is_refused_by_file_node_and_input(
    folder: Path, was: str, now: str, said: str
) -> None:
    changed(folder, "flux-dev.toml", was, now)
    told = refused(folder)
    assert said in told
    assert str(folder / "flux-dev.toml") in told


def test_a_node_that_left_the_workflow_is_missed(folder: Path) -> None:
    changed(folder, "flux-dev.json", '"7": {', '"17": {')
    assert 'negative_prompt = "7.inputs.text": flux-dev.json has no node 7' in refused(folder)


def test_a_quality_is_a_number_of_steps_and_wants_a_place_for_them(folder: Path) -> None:
    with (folder / "flux-dev.toml").open("a") as file:
        file.write("\n[quality]\nlow = 8\nhigh = 40\n")
    order = an_order("flux-dev", params={"quality": "high", "steps": 20})
    assert values(order, only(folder), 1)["steps"] == 40
    changed(folder, "flux-dev.toml", 'steps = "3.inputs.steps"', "")
    assert "steps is missing" in refused(folder)


def test_steps_a_caller_gave_are_stronger_than_a_quality(folder: Path) -> None:
    with (folder / "flux-dev.toml").open("a") as file:
        file.write("\n[quality]\nhigh = 40\n")
    order = an_order("flux-dev", params={"quality": "high", "steps": 20})
    assert values(replace(order, given=("quality", "steps")), only(folder), 1)["steps"] == 20


def test_a_parameter_of_one_s_own_goes_to_as_many_places_as_are_named(folder: Path) -> None:
    changed(
        folder,
        "flux-dev.toml",
        "seed =",
        'sampler = ["3.inputs.sampler_name", "6.inputs.text"]\nseed =',
    )
    workflow = only(folder)
    assert workflow.takes["sampler"] == (Place("3", "sampler_name"), Place("6", "text"))
    order = an_order("flux-dev", params={"sampler": "dpmpp_2m"})
    told = json.loads(request_body(order, workflow, prompt_id="p", seed=1))
    assert told["prompt"]["3"]["inputs"]["sampler_name"] == "dpmpp_2m"


def test_a_workflow_the_editor_saved_for_itself_is_refused_with_what_to_do(folder: Path) -> None:
    (folder / "flux-dev.json").write_text('{"nodes":[],"links":[],"version":0.4}')
    assert "export it with Workflow > Export (API)" in refused(folder)


@pytest.mark.parametrize("text", ["", "[]", '{"3":{"inputs":{}}}', "\xff"])
def test_what_is_no_workflow_is_refused(folder: Path, text: str) -> None:
    (folder / "flux-dev.json").write_bytes(text.encode("latin-1"))
    assert "flux-dev.json cannot be read" in refused(folder)


def test_each_file_of_a_pair_misses_the_other(folder: Path) -> None:
    (folder / "flux-dev.json").rename(folder / "other.json")
    assert f"{folder / 'other.json'} has no other.toml beside it" in refused(folder)
    (folder / "other.json").unlink()
    assert f"{folder / 'flux-dev.json'} cannot be read: No such file" in refused(folder)


def test_a_folder_without_any_is_refused(tmp_path: Path) -> None:
    assert "holds no workflow" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "needs the option workflows: the folder with its workflows"),
        ({"workflows": "models"}, "does not fit: the folder with its workflows, as a path that"),
        ({"workflows": "/nowhere/at/all"}, "cannot be read: No such file"),
    ],
)
def test_a_provider_whose_workflows_do_not_fit_is_not_opened(
    given: dict[str, str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        checked_options("comfyui", given)
    with pytest.raises(ConfigError, match=said):
        build("comfyui", "http://127.0.0.1:8188", "", "aiohttp", options=given)


def heard(watch: Watch, kind: str, **data: object) -> float:
    watch.hear(json.dumps({"type": kind, "data": data}))
    return watch.done


def test_the_steps_of_nodes_that_are_named_count_alike() -> None:
    watch = Watch("p", ("3", "11"))
    assert heard(watch, "progress", prompt_id="p", node="3", value=10, max=20) == 0.25
    assert heard(watch, "progress", prompt_id="p", node="8", value=9, max=9) == 0.25
    assert heard(watch, "progress", prompt_id="p", node="3", value=20, max=20) == 0.5
    assert heard(watch, "progress", prompt_id="p", node="11", value=10, max=20) == 0.75


def test_the_steps_of_somebody_else_s_order_are_not_heard() -> None:
    watch = Watch("p")
    assert heard(watch, "progress", prompt_id="q", node="3", value=10, max=20) == 0
    heard(watch, "execution_interrupted", prompt_id="q")
    assert not watch.over
    assert heard(watch, "progress", prompt_id="p", node="4", value=1, max=1) == 0
    watch.hear("nonsense")
    heard(watch, "executing", prompt_id="p", node=None)
    assert watch.over
