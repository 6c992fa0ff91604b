"""Where a guard stands in the life of a request: at its words, before the provider, at the end."""

from dataclasses import dataclass, replace
from functools import partial

from limner.files.artifact import Kept
from limner.files.artifacts import plain
from limner.generation.params import Fitted
from limner.generation.request import GenerationRequest
from limner.guards.guards import Guard, Withheld
from limner.guards.hook import Question, Shown
from limner.jobs.feed import Admitted
from limner.providers.base import Order

TEXTS = ("lyrics", "style", "title", "tags")
"""What a model takes of a caller's words beside the prompt. What shall not be seen is none."""
NO_PREVIEWS = "previews are not shown, because this workspace has its pictures looked at first"


def fitting(request: GenerationRequest, guard: Guard | None) -> GenerationRequest:
    """The request without previews where nobody may see a picture that was not looked at."""
    if not (guard and guard.terms.asks_after and request.partial_images):
        return request
    return replace(request, partial_images=None, warnings=(*request.warnings, NO_PREVIEWS))


def texts_of(fitted: Fitted) -> list[str]:
    said = [fitted.params.get(name) for name in TEXTS]
    return [fitted.prompt, *(one for one in said if isinstance(one, str))]


@dataclass(frozen=True, slots=True)
class Guarding:
    """One order, and whoever has to agree to it."""

    guard: Guard | None
    order: Order

    async def let_in(self, admitted: Admitted) -> tuple[str, ...]:
        """Warnings of a guard that lets a request through. Raises ProviderError."""
        if self.guard is None or not self.guard.terms.asks_before:
            return ()
        order = self.order
        given = (*order.images, *((order.mask,) if order.mask else ()))
        shown = [Shown(image.content_type, image.read) for image in given]
        return await self.guard.before(self._question(admitted, "before", len(shown)), shown)

    async def let_out(
        self, kept: list[Kept], admitted: Admitted
    ) -> tuple[list[Kept], tuple[str, ...]]:
        """Those that may be seen, and warnings. Raises ProviderError when none may."""
        if self.guard is None or not self.guard.terms.asks_after:
            return kept, ()
        shown = [
            Shown(one.artifact.content_type, partial(plain, one.data, one.base64)) for one in kept
        ]
        revised = tuple(one.revised_prompt for one in kept if one.revised_prompt)
        asked = self._question(admitted, "after", len(shown), revised)
        each, why, warnings = await self.guard.after(asked, shown)
        seen = [one for one, allowed in zip(kept, each, strict=True) if allowed]
        held_back = len(kept) - len(seen)
        if not seen:
            raise Withheld(why.format("any"), reason="content_policy_violation")
        return seen, (*warnings, why.format(held_back)) if held_back else warnings

    def _question(
        self, admitted: Admitted, stage: str, pictures: int, revised: tuple[str, ...] = ()
    ) -> Question:
        return Question(
            stage=stage,
            job_id=self.order.job_id,
            workspace_id=admitted.ticket.workspace_id,
            task=self.order.task,
            model=admitted.model,
            prompt=self.order.prompt or None,
            n=self.order.n,
            revised_prompts=revised,
            pictures=pictures,
        )
