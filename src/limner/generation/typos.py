"""A misspelt field is refused: ignoring it would draw and bill what was not asked for."""

from collections.abc import Collection, Mapping

from limner.errors import InvalidParams
from limner.generation.field_names import ALIASES
from limner.generation.values import Vocabulary

OWN = (
    "model",
    "prompt",
    "n",
    "size",
    "response_format",
    "store",
    "stream",
    "partial_images",
    "webhook_url",
)
"""Fields that are read before any model is asked."""

OTHERS = {
    "mode",
    "modes",
    "models",
    "negative_prompt2",
    "negative_prompt_2",
    "prompt2",
    "prompts",
    "seeds",
    "sizes",
    "speed",
    "styles",
    "users",
}
"""Fields of other services that look like one of ours by chance; they are ignored as any other."""

KNOWN = {*OWN, *OTHERS, *ALIASES}

MOST_READ = 64
"""How many unknown fields are looked at, so that nobody makes the server compare for long."""


def refuse_typos(
    given: Mapping[str, object], stated: Collection[str], vocabulary: Vocabulary
) -> None:
    """Raises InvalidParams for a field that is nearly one of ours, which was not sent itself.

    `given` are the fields to look at, `stated` names those of the request that had been read.
    """
    sent = [name for name, value in given.items() if value is not None]
    unknown = [name for name in sent if not (vocabulary.knows(name) or name in KNOWN)]
    if not unknown:
        return
    missing = vocabulary.names.union(ALIASES, OWN).difference(sent, stated)
    for name in unknown[:MOST_READ]:
        if meant := nearest(name, missing):
            raise InvalidParams(
                f'there is no field "{name}"; did you mean "{meant}"? Nothing was charged',
                param=name,
            )


def nearest(name: str, known: Collection[str]) -> str | None:
    """The field most like a name, None when there is none it can be a slip of."""
    said = name.lower()
    alike = [
        (distance(said, one), one)
        for one in known
        if said[:1] == one[0] and abs(len(said) - len(one)) <= slips(said, one)
    ]
    return next((one for far, one in sorted(alike) if far <= slips(said, one)), None)


def slips(said: str, known: str) -> int:
    """How many slips may lie between two names: the shorter they are, the fewer."""
    shorter = min(len(said), len(known))
    return 0 if shorter < 4 else 1 if shorter < 8 else 2


def distance(one: str, other: str) -> int:
    """Letters that were added, left out, mistaken for another, or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for y, letter in enumerate(one, 1):
        earlier, before, row = before, row, [y]
        for x, wanted in enumerate(other, 1):
            steps = [before[x] + 1, row[x - 1] + 1, before[x - 1] + (letter != wanted)]
            if x > 1 and y > 1 and letter == other[x - 2] and one[y - 2] == wanted:
                steps.append(earlier[x - 2] + 1)
            row.append(min(steps))
    return row[-1]
