"""Every kind of provider as E17 asks it: one row each, and two where a kind has several wires."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.experiments.fault_table import Expected, expected_of
from tests.standins.alibaba import AlibabaStandIn
from tests.standins.azure import AzureStandIn
from tests.standins.bfl import BflStandIn
from tests.standins.comfyui import WORKFLOWS, ComfyUIStandIn
from tests.standins.compatible import HABITS, CompatibleStandIn
from tests.standins.fal import FalStandIn
from tests.standins.faults import Stage
from tests.standins.google import GoogleStandIn
from tests.standins.openai import OpenAIStandIn
from tests.standins.server import StandIn
from tests.standins.suno import SunoStandIn
from tests.standins.xai import XaiStandIn

AT_ONCE: tuple[Stage, ...] = ("order",)
LINKS: tuple[Stage, ...] = ("order", "picture")
TASKS: tuple[Stage, ...] = ("order", "asked", "picture")
FORMS = ("wait", "stream", "defer")


@dataclass(frozen=True, slots=True)
class Upstream:
    """`wire` names what is otherwise in the table; `each` says that each picture is a call."""

    name: str
    kind: str
    model: str
    standin: Callable[[], StandIn]
    wire: str = ""
    protocol: str = ""
    each: bool = False
    stages: tuple[Stage, ...] = AT_ONCE
    counts: tuple[int, ...] = (1, 4)
    forms: tuple[str, ...] = FORMS
    options: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)
    """What else a request says."""
    order_path: str = ""
    """Where orders go, if whoever loses an answer asks elsewhere at once whether it was taken."""
    soon_s: int = 3
    """How long an order may take that waits for nothing else."""
    unmet: tuple[str, ...] = ()
    """Faults that this wire cannot meet."""

    def calls(self, n: int) -> int:
        return n if self.each else 1

    @property
    def expected(self) -> list[Expected]:
        return [one for one in expected_of(self.wire, self.stages) if one.fault not in self.unmet]


def key_of(kind: str, standin: StandIn, folder: Path) -> str:
    """Vertex wants a service account, which is a file."""
    if kind != "vertex" or not isinstance(standin, GoogleStandIn):
        return "sk-standin"
    file = folder / "account.json"
    file.write_text(standin.account(), "utf-8")
    return str(file)


def compatible(dialect: str) -> Upstream:
    return Upstream(
        f"compatible-{dialect.replace('_', '-')}",
        "compatible",
        HABITS[dialect].serves or "flux",
        partial(CompatibleStandIn, dialect),
        "compatible",
        options={"dialect": dialect},
    )


GEMINI = "gemini-2.5-flash-image"
UPSTREAMS: tuple[Upstream, ...] = (
    Upstream("openai", "openai", "gpt-image-2", OpenAIStandIn),
    Upstream(
        "openai-events",
        "openai",
        "gpt-image-2",
        OpenAIStandIn,
        "events",
        counts=(1,),
        forms=("stream",),
        more={"partial_images": 1},
        unmet=("flood", "untold_flood"),  # the limit is that of an event
    ),
    Upstream(
        "azure",
        "azure",
        "gpt-image-2",
        AzureStandIn,
        options={"api_version": "2025-04-01-preview"},
    ),
    Upstream(
        "imagen", "google", "imagen-4.0-generate-001", GoogleStandIn, protocol="imagen_predict"
    ),
    Upstream("gemini", "google", GEMINI, GoogleStandIn, protocol="gemini_generate", each=True),
    Upstream("vertex", "vertex", GEMINI, GoogleStandIn, protocol="gemini_generate", each=True),
    Upstream("xai", "xai", "grok-imagine-image", XaiStandIn),
    Upstream(
        "alibaba",
        "alibaba",
        "qwen-image-2.0",
        AlibabaStandIn,
        protocol="sync_multimodal",
        stages=LINKS,
    ),
    Upstream(
        "alibaba-task",
        "alibaba",
        "wan2.5-t2i-preview",
        AlibabaStandIn,
        "task",
        "async_text2image",
        stages=TASKS,
    ),
    Upstream("bfl", "bfl", "flux-2-pro", BflStandIn, "bfl", each=True, stages=TASKS),
    Upstream("suno", "suno", "V5", SunoStandIn, "suno", counts=(1, 2), stages=TASKS),
    Upstream("fal", "fal", "fal-ai/flux/dev", FalStandIn, "fal", stages=TASKS),
    Upstream(
        "comfyui",
        "comfyui",
        "flux-dev",
        ComfyUIStandIn,
        "named",
        stages=TASKS,
        options={"workflows": str(WORKFLOWS)},
        order_path="/prompt",
        soon_s=7,  # for it is told to stop by the last question but one, and answers that
    ),
    *(compatible(dialect) for dialect in HABITS),
    Upstream(
        "compatible-links",
        "compatible",
        "flux",
        partial(CompatibleStandIn, "openai", links=True),
        "compatible",
        stages=LINKS,
    ),
)
