"""A request for pictures as the edge hands it over: parsed, but not yet checked against a model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from limner.catalog.model import Task
from limner.jobs.job import UNKNOWN_ORIGIN, Origin
from limner.providers.base import InputImage


def nothing() -> None:
    """What there is to let go of where no pictures came along."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """`given` holds every other field of the body as it came, for the gate to judge."""

    model: object
    prompt: object
    request_id: str
    given: Mapping[str, object] = field(default_factory=dict)
    n: object = None
    partial_images: object = None
    streamed: bool = False
    """Whether the caller sees what happens before the end; nobody else can see a preview."""
    store: bool = False
    """Whether the pictures are to be kept as files."""
    strict: bool = False
    """Refuse what would otherwise be adjusted or ignored and reported."""
    cache: bool | None = None
    """Whether a picture that was drawn before will do; None leaves it to the workspace."""
    lone: bool = False
    """Whether no other model may answer in place of this one."""
    task: Task = "generate"
    images: tuple[InputImage, ...] = ()
    mask: InputImage | None = None
    release: Callable[[], None] = field(default=nothing, repr=False)
    """Lets go of the pictures' bytes; whoever has the request calls it once it is done with."""
    origin: Origin = UNKNOWN_ORIGIN
    webhook_url: str | None = None
    """Who is to be told when the job has ended, as it was sent."""
    webhook: str | None = None
    """The same, checked and sealed as the job keeps it."""
    warnings: tuple[str, ...] = ()
    """What the edge has to say to the caller, should the request go ahead."""

    @property
    def stated(self) -> set[str]:
        """The fields with a value of their own here that were sent."""
        own = {"model": self.model, "prompt": self.prompt, "n": self.n}
        return {name for name, value in own.items() if value is not None}
