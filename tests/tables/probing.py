"""What becomes of a parameter: it is sent through the gate and a provider, and looked for outside.

The provider is the real one and its upstream a stand-in, which refuses what the real one refuses.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeAlias

from tests.providers.given import given
from tests.providers.orders import drained
from tests.providers.secrets import KEY
from tests.sketch.files import flat
from tests.standins.__main__ import STAND_INS
from tests.standins.google import GoogleStandIn
from tests.tables.families import Family, models
from tests.tables.listening import LISTENING, Heard, Listener

from limner.catalog.model import Deployment, Model, Scalar, Task
from limner.errors import InvalidParams
from limner.generation.params import Fitted, fit_params
from limner.generation.values import Vocabulary
from limner.providers.base import Generated, ImageProvider, Order, ProviderError
from limner.providers.http_clients import open_client
from limner.providers.kind import Opening
from limner.providers.registry import KINDS, checked_options

PROMPT = "a paper lantern on a wet street"
PLACES = {"vertex": "google", "azure": "openai"}
"""Kinds whose models the catalog knows at another one."""

SIZES = ("1024x1024", "1024x1536", "1792x1024", "1920x1088", "512x512", "256x256", "auto")
PROBES: Mapping[str, tuple[Scalar, ...]] = {
    "n": (1, 2, 4, 10),
    "size": SIZES,
    "quality": ("low", "medium", "high", "auto", "standard", "hd", "xhigh", "max"),
    "style": ("vivid", "natural"),
    "aspect_ratio": ("1:1", "16:9", "2:3", "21:9"),
    "image_size": ("1K", "2K", "4K"),
    "person_generation": ("dont_allow", "allow_adult", "allow_all"),
    "background": ("transparent", "opaque", "auto"),
    "output_format": ("png", "webp", "jpeg", "avif"),
    "output_compression": (80,),
    "input_fidelity": ("high", "low"),
    "moderation": ("auto", "low"),
    "negative_prompt": ("blur",),
    "seed": (42,),
    "stream": (True,),
    "partial_images": (2,),
    "user": ("u-7",),
    "steps": (3, 20),
    "prompt_extend": (True, False),
}
"""The parameters of the table and what is tried of each."""

WITH: Mapping[str, Mapping[str, Scalar]] = {"output_compression": {"output_format": "jpeg"}}
"""What has to be said too for a parameter to mean anything, where a model takes it."""

How: TypeAlias = Literal["sent", "unsent", "warned", "ignored", "refused", "emulated"]
"""`unsent` is accepted in silence, `emulated` is done by limner.

`warned` is left out by the provider, which says so.
"""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one value: what the gate made of it, the fields that carry it, all fields."""

    how: How
    used: Scalar | None = None
    carried: tuple[tuple[str, Scalar], ...] = ()
    told: Mapping[str, Scalar] = field(default_factory=dict)


Fates: TypeAlias = Mapping[Scalar, Fate]


@dataclass(frozen=True, slots=True)
class Seen:
    """One order with a value: refused, ignored, or what was heard of it.

    `inline` says that the pictures were in the answer, and none was fetched from a link.
    """

    how: How
    used: Scalar | None = None
    told: Mapping[str, Scalar] = field(default_factory=dict)
    inline: bool = True


class Prober:
    """Providers of every kind that was asked for, each before its stand-in."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._opened: dict[tuple[str, tuple[tuple[str, str], ...]], ImageProvider] = {}
        self._lock = asyncio.Lock()

    async def fates(
        self, family: Family, slug: str, name: str, beside: Mapping[str, Scalar] | None = None
    ) -> Fates:
        """What becomes of each value that is tried of a parameter, with others sent beside it."""
        model = models()[slug]
        task = task_of(model, name)
        values, also = probes(model, name), extra(model, name) if beside is None else beside
        orders: list[Mapping[str, Scalar]] = [also, also, *({**also, name: one} for one in values)]
        without, again, *seen = await asyncio.gather(
            *(self.seen(family, model, task, params, name) for params in orders)
        )
        chance = {way for way in without.told if without.told[way] != again.told.get(way)}
        ways = carriers(name, [without, *seen]) - {way for way in chance if last(way) != name}
        return {value: fate(one, ways) for value, one in zip(values, seen, strict=True)}

    async def plain(self, family: Family, slug: str) -> Seen:
        """An order that says nothing but a prompt."""
        model = models()[slug]
        return await self.seen(family, model, task_of(model, ""), {}, "")

    async def seen(
        self, family: Family, model: Model, task: Task, params: Mapping[str, Scalar], name: str
    ) -> Seen:
        """Raises ProviderError where an upstream refuses what the gate and the provider let by."""
        try:
            fitted = fit(model, task, params)
        except InvalidParams:
            return Seen("refused")
        if name in {one.name for one in fitted.ignored}:
            return Seen("ignored")
        if name in {one.name for one in fitted.emulated}:
            return Seen("emulated")
        order = ordered(model, task, fitted, deployment(model, family.kind))
        heard = Heard()
        LISTENING.set(heard)
        provider = await self.provider(family)
        try:
            last = (await drained(provider.run(order)))[-1]
        except ProviderError as error:
            if heard.calls or error.reason != "bad_parameter":
                raise
            return Seen("refused")
        assert isinstance(last, Generated)
        used = fitted.n if name == "n" else fitted.params.get(name)
        words = {word for word in (name, used) if isinstance(word, str) and word}
        warned = any(speaks_of(word, warning) for word in words for warning in last.warnings)
        inline = all(image.encoding == "base64" for image in last.images)
        return Seen("warned" if warned else "sent", used, heard.told, inline)

    async def provider(self, family: Family) -> ImageProvider:
        key = (family.kind, tuple(sorted(family.options.items())))
        async with self._lock:
            if key not in self._opened:
                self._opened[key] = await self._open(family)
        return self._opened[key]

    async def _open(self, family: Family) -> ImageProvider:
        dialect = {"dialect": family.options["dialect"]} if "dialect" in family.options else {}
        standin = await self._stack.enter_async_context(STAND_INS[family.kind](**dialect))
        key = KEY
        if family.kind == "vertex" and isinstance(standin, GoogleStandIn):
            key = standin.account()
        options = checked_options(family.kind, family.options)
        http = Listener(open_client())
        provider = KINDS[family.kind].open(Opening(http, standin.base_url, key, options))
        self._stack.push_async_callback(provider.aclose)
        return provider


@asynccontextmanager
async def probing() -> AsyncIterator[Prober]:
    async with AsyncExitStack() as stack:
        yield Prober(stack)


def fit(model: Model, task: Task, params: Mapping[str, Scalar]) -> Fitted:
    """Raises InvalidParams."""
    apart = ("n", "partial_images", "stream")
    others = {name: value for name, value in params.items() if name not in apart}
    return fit_params(
        model,
        vocabulary(),
        prompt=PROMPT,
        n=params.get("n"),
        given=others,
        partial_images=params.get("partial_images"),
        streamed=not params.keys().isdisjoint(("partial_images", "stream")),
        task=task,
        images=PICTURE if task == "edit" else (),
    )


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary.of(models().values())


PICTURE = (given(flat()),)


def task_of(model: Model, name: str) -> Task:
    """New pictures, but where a parameter or a whole model is about edits."""
    edits = name == "input_fidelity" or not model.capabilities.generate
    return "edit" if edits and model.capabilities.edit else "generate"


def speaks_of(word: str, warning: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", warning) is not None


def probes(model: Model, name: str) -> tuple[Scalar, ...]:
    """What is tried of a parameter; of sizes also the one that a model has unless told."""
    own = model.sizes.default if model.sizes else "auto"
    return tuple(dict.fromkeys((*PROBES[name], own))) if name == "size" else PROBES[name]


def extra(model: Model, name: str) -> Mapping[str, Scalar]:
    wanted = WITH.get(name, {})
    return {other: value for other, value in wanted.items() if model.modality != "music"}


def deployment(model: Model, kind: str) -> Deployment:
    place = PLACES.get(kind, kind)
    return next(one for one in model.deployments if one.provider == place)


def ordered(model: Model, task: Task, fitted: Fitted, at: Deployment) -> Order:
    """As a request becomes an order."""
    return Order(
        job_id="imgjob_1",
        task=task,
        upstream_model=at.upstream_model,
        prompt=fitted.prompt,
        n=fitted.n,
        width=fitted.pixels.width,
        height=fitted.pixels.height,
        output_format=fitted.output_format,
        params=fitted.params,
        partial_images=fitted.previews,
        timeout_s=30.0,
        images=PICTURE if task == "edit" else (),
        protocol=at.protocol,
        per_call=model.n.upstream_max,
        given=fitted.applied,
        slug=model.slug,
    )


def carriers(name: str, seen: list[Seen]) -> set[str]:
    """The fields that are another for another value, and those that have the parameter's name."""
    heard = [one.told for one in seen if one.told]
    ways = {way for told in heard for way in told}
    differing = {way for way in ways if len({told.get(way) for told in heard}) > 1}
    known = {"size", "width", "height"} if name in ("size", "image_size") else {name}
    return differing | {way for way in ways if last(way) in known}


def last(way: str) -> str:
    """The field at the end of a way."""
    return way.rpartition(".")[2]


def fate(seen: Seen, ways: set[str]) -> Fate:
    if seen.how in ("refused", "ignored", "emulated"):
        return Fate(seen.how)
    carried = tuple((way, value) for way, value in seen.told.items() if way in ways)
    if seen.how == "warned":
        return Fate("warned", seen.used, carried, seen.told)
    return Fate("sent" if carried else "unsent", seen.used, carried, seen.told)
