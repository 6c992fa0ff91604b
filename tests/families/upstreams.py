"""Who draws: each provider as a stand-in in a process of its own, and as the file names it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"STANDIN_KEY=(\S+) limner provider add .* --base-url (\S+) ")
OPTION = re.compile(r"--option (\w+)=(\S+)")


@dataclass(frozen=True, slots=True)
class Upstream:
    """One provider of `limner.toml`. Its stand-in is its kind's."""

    name: str
    kind: str = ""
    serves: Mapping[str, str] = field(default_factory=dict)
    standin: Sequence[str] = ()
    """More for the command line of the stand-in."""


def compatible(name: str, dialect: str, serves: Mapping[str, str]) -> Upstream:
    return Upstream(name, "compatible", serves, ("--dialect", dialect))


UPSTREAMS = (
    Upstream("openai", serves={"dall-e-2": "dall-e-2", "dall-e-3": "dall-e-3"}),
    Upstream("azure", serves={"gpt-image-1": "gpt-image-1"}),
    Upstream("google", serves={"imagen-4": "imagen-4.0-generate-001"}),
    Upstream(
        "vertex",
        serves={
            "imagen-4-ultra": "imagen-4.0-ultra-generate-001",
            "gemini-3-pro-image": "gemini-3-pro-image",
        },
    ),
    Upstream("xai"),
    Upstream("alibaba"),
    Upstream("suno"),
    Upstream("bfl"),
    Upstream("fal"),
    Upstream("comfyui", serves={"flux-1-schnell": "flux-dev"}),
    compatible("gpu", "sglang", {"flux-1-dev": "flux1-dev"}),
    compatible("localai", "localai", {"flux-1-krea-dev": "flux.1-krea"}),
    compatible("together", "together", {"hosted-schnell": "black-forest-labs/FLUX.1-schnell"}),
)
"""Those that serve a model the catalog calls retired make it live again."""

HOSTED_SCHNELL = """
slug = "hosted-schnell"
display_name = "FLUX.1 [schnell], hosted"
owner = "black-forest-labs"
modality = "image"
status = "active"
description = "Open weights at a host that bills each picture."
typical_seconds = 3
source = "Together's price list, May 2026"
prompt = { max_chars = 4000 }
n = { max = 4, upstream_max = 4 }
output = { format = "png" }
deployments = [{ provider = "together", upstream_model = "black-forest-labs/FLUX.1-schnell" }]

[sizes]
default = "1024x1024"
listed = ["1024x1024", "1024x768"]

[price]
kind = "per_image"
rates = [{ usd = "0.0027" }]
"""
"""A file of the operator's own, for a model that no file of the catalog sells."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A stand-in that listens: where it is, the key it wants, and what its kind has to know."""

    upstream: Upstream
    base_url: str
    log_url: str
    key: str
    options: Mapping[str, str]

    @property
    def variable(self) -> str:
        return f"{self.upstream.name.upper()}_KEY"

    def in_the_file(self) -> str:
        """Its table in `limner.toml`; JSON's texts are TOML's too."""
        one = self.upstream
        lines = {"kind": one.kind or one.name, "base_url": self.base_url}
        lines |= {"api_key_env": self.variable}
        told = [f"{name} = {json.dumps(value)}" for name, value in lines.items()]
        told += [f"serves = {inline(one.serves)}", f"options = {inline(self.options)}"]
        return "\n".join([f"[providers.{one.name}]", *told, ""])


def inline(pairs: Mapping[str, str]) -> str:
    said = ", ".join(f"{json.dumps(name)} = {json.dumps(value)}" for name, value in pairs.items())
    return f"{{ {said} }}"


@contextmanager
def standing(folder: Path) -> Iterator[list[Standing]]:
    """Every stand-in, listening inside the block; what they write goes into the folder."""
    with ExitStack() as stack:
        begun = [(one, stack.enter_context(started(one, folder))) for one in UPSTREAMS]
        yield [heard(one, process) for one, process in begun]


@contextmanager
def started(upstream: Upstream, folder: Path) -> Iterator[subprocess.Popen[str]]:
    words = ("-m", "tests.standins", upstream.kind or upstream.name, *upstream.standin)
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def heard(upstream: Upstream, process: subprocess.Popen[str]) -> Standing:
    """What a stand-in says when it is ready: its log, then the command that makes it a provider."""
    assert process.stdout is not None
    about, command = process.stdout.readline(), process.stdout.readline()
    told = COMMAND.search(command)
    assert told is not None, f"{upstream.name} did not start: {about}{command}"
    options = dict(OPTION.findall(command))
    return Standing(upstream, told[2], about.split()[-1], told[1], options)
