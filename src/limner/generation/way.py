"""The way of one request along the models and places that may answer it, and where it is by now."""

from collections.abc import Sequence
from dataclasses import replace

from limner.accounts.api_key import Caller
from limner.generation import wording
from limner.generation.attempts import Place
from limner.generation.chains import Step
from limner.jobs.feed import Admitted
from limner.jobs.job import Instead, Ticket


class Way:
    """`at` is the model that answers, as far as that is known."""

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        asked_for: str,
        caller: Caller,
        warnings: tuple[str, ...] = (),
    ) -> None:
        self.at = steps[0]
        self.places = tuple(place for step in steps for place in step.places)
        self.after_unknown = bool(caller.options.fallback_on_unknown)
        self.left_open = 0
        """Micro-credits of list price that were ordered where the outcome stayed open."""
        self._noted = 0
        self._steps = {step.good.model.slug: step for step in steps}
        self._asked_for = asked_for
        self._mode = caller.mode
        self._warnings = warnings

    @property
    def most(self) -> tuple[int, int]:
        """What the dearest of the models costs, and what of that is the list price."""
        prices = [step.good.price for step in self._steps.values()]
        return max(one.total for one in prices), max(one.at_list for one in prices)

    def goes_to(self, place: Place) -> Instead | None:
        """Go on at a place; what to write down where another model answers there, or more is open.

        Should this process die there, whoever closes the job knows no more than that.
        """
        step = self._steps.get(place.model, self.at)
        if step is self.at and self.left_open == self._noted:
            return None
        self.at, self._noted = step, self.left_open
        return wording.instead(step.good, self.left_open)

    def admitted(self, ticket: Ticket, created: int, *, waits: bool) -> Admitted:
        """How a request begins, as its caller is told."""
        good = self.at.good
        return Admitted(
            ticket,
            created=created,
            model=good.model.slug,
            asked_for=self._asked_for,
            parameters=wording.parameters(good.fitted),
            ignored=tuple(item.name for item in good.fitted.ignored),
            warnings=(*self._warnings, *wording.warnings(good.model, good.fitted, self._mode)),
            chosen=wording.chosen(good.fitted),
            waits=waits,
            depth=self.at.depth,
            cached=self.at.cached,
        )

    def again(self, before: Admitted) -> Admitted:
        """The same once another model answers."""
        if self.at.good.model.slug == before.model:
            return before
        ticket = replace(before.ticket, model=self.at.good.model.slug)
        now = self.admitted(ticket, before.created, waits=before.waits)
        said = f"{now.model} answered, because {before.model} could not be had"
        return replace(now, warnings=(*now.warnings, said))

    def at_risk(self, ticket: Ticket) -> Ticket:
        """The ticket of a job that failed, with the list price of what may have to be paid for."""
        good = self.at.good
        return replace(
            ticket,
            at_list=good.price.at_list,
            model=good.model.slug,
            left_open=self.left_open,
        )
