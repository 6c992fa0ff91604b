"""The guards of a server by name, which of them a workspace has, and what they say.

Words are looked for before anything is held. Whoever is asked is asked once a provider would be,
and once more when pictures are there: nobody sees one before it was let through.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from limner.errors import ContentPolicyViolation, InvalidParams, ServiceUnavailable
from limner.guard_terms import GuardTerms
from limner.guards.block_list import BlockList
from limner.guards.hook import GuardAway, Question, Shown, Verdict, verdict
from limner.providers.base import ProviderError, Reason

log = structlog.get_logger()

NONE = "none"
"""What a workspace says that wants no guard where the server has one."""
AWAY = "what is asked for here has to be looked at first, and that was not possible just now"
LET_THROUGH = "the guard of this workspace did not answer, and nothing was looked at {when}"
ALL = Verdict(True)


class Withheld(ProviderError):
    """Pictures that were made, and paid for by the operator, and that nobody will see."""

    def __init__(self, message: str, *, reason: Reason) -> None:
        super().__init__(message, outcome="ran", reason=reason)


@dataclass(frozen=True, slots=True)
class Guard:
    name: str
    terms: GuardTerms
    words: BlockList

    def refuse_words(self, texts: Sequence[str]) -> None:
        """Raises ContentPolicyViolation for a text that holds what is blocked."""
        for text in texts:
            if found := self.words.found(text):
                raise ContentPolicyViolation(
                    f"this workspace does not allow {found!r} to be asked for; nothing was "
                    "charged. Send the request without it",
                    param="prompt",
                )

    async def before(self, question: Question, pictures: Sequence[Shown]) -> tuple[str, ...]:
        """Warnings for the caller. Raises ProviderError, as if the provider had refused."""
        if not self.terms.asks_before:
            return ()
        said, warnings = await self._ask(
            question, pictures, ProviderError(AWAY, outcome="known_not_run", reason="capacity")
        )
        if said.allow is True or (isinstance(said.allow, list) and all(said.allow)):
            return warnings
        raise ProviderError(
            refused("the request", said),
            outcome="known_not_run",
            reason="content_policy_violation",
        )

    async def after(
        self, question: Question, pictures: Sequence[Shown]
    ) -> tuple[list[bool], str, tuple[str, ...]]:
        """Whether each picture may be seen, why not, and warnings. Raises ProviderError."""
        if not self.terms.asks_after:
            return [True] * len(pictures), "", ()
        said, warnings = await self._ask(question, pictures, Withheld(AWAY, reason="capacity"))
        each = said.allow if isinstance(said.allow, list) else [said.allow] * len(pictures)
        return each, refused("{} of the pictures", said), warnings

    async def trouble(self) -> str:
        """Why whoever is asked does not answer; empty when they do."""
        question = Question(
            stage="before",
            job_id="",
            workspace_id="",
            task="generate",
            model="",
            prompt="a question of limner doctor",
            n=1,
        )
        try:
            await self._verdict(question, ())
        except GuardAway as error:
            return str(error)
        return ""

    async def _verdict(self, question: Question, pictures: Sequence[Shown]) -> Verdict:
        terms = self.terms
        return await verdict(
            question,
            pictures,
            url=terms.url,
            secret=os.environ.get(terms.secret_env, "") if terms.secret_env else "",
            timeout_s=terms.timeout_s,
        )

    async def _ask(
        self, question: Question, pictures: Sequence[Shown], away: ProviderError
    ) -> tuple[Verdict, tuple[str, ...]]:
        try:
            return await self._verdict(question, pictures), ()
        except GuardAway as error:
            log.error("guard_away", guard=self.name, stage=question.stage, error=str(error))
            if self.terms.on_failure == "open":
                return ALL, (LET_THROUGH.format(when=question.stage),)
            raise away from None


class Guards:
    def __init__(self, terms: Mapping[str, GuardTerms], default: str = "") -> None:
        self._guards = {
            name: Guard(name, one, BlockList(one.blocked)) for name, one in terms.items()
        }
        self._default = default

    def known(self, name: str) -> bool:
        return name == NONE or name in self._guards

    def check(self, name: str | None) -> None:
        """Raises InvalidParams for the name of no guard."""
        if name is not None and not self.known(name):
            raise InvalidParams(
                f"there is no guard {name[:63]!r}; there are: {', '.join((*self._guards, NONE))}. "
                "Nothing was changed",
                param="guard",
            )

    def all(self) -> Iterable[Guard]:
        return self._guards.values()

    def of(self, name: str | None) -> Guard | None:
        """The guard of a workspace that says `name`, the server's where it says nothing.

        Raises ServiceUnavailable for one that is not configured any more.
        """
        chosen = self._default if name is None else name
        if chosen in ("", NONE):
            return None
        guard = self._guards.get(chosen)
        if guard is None:
            log.error("guard_missing", guard=chosen)
            raise ServiceUnavailable(
                "this workspace has a guard that its server does not know; nothing was charged. "
                "Its operator finds out which with `limner doctor`"
            )
        return guard


def refused(what: str, said: Verdict) -> str:
    because = f": {said.reason}" if said.reason else ""
    return f"the guard of this workspace does not allow {what}{because}"
