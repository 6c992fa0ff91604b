"""What became of a parameter, in the few words of a table's cell."""

import hashlib
from collections.abc import Iterator, Mapping

from tests.tables.probing import PROMPT, SIZES, Fate, Fates, How, Seen, last

from limner.catalog.model import Model, Scalar

WORDS: Mapping[How, str] = {
    "ignored": "ignored",
    "refused": "refused",
    "warned": "left out",
    "emulated": "made here",
}
OWN = {
    "n": "limner's own",
    "stream": "limner's own",
    "user": "not passed on",
    "partial_images": "left out",
}
"""Of what is accepted in silence, and is done here or is nobody else's business."""
SAID_WHOLE = ("seed", "negative_prompt", "user", "partial_images")
"""Parameters whose cells say all without an example."""
MOST_SHOWN = 4
"""How many values a cell shows with what they become."""


def cell(name: str, model: Model, fates: Fates) -> str:
    """All that is to say of a parameter at one model."""
    if name == "n":
        return counted(model, fates)
    return "; ".join([*sent(name, fates), *others(name, fates)])


def counted(model: Model, fates: Fates) -> str:
    """How many pictures may be asked for, and how that is told."""
    going = {value: one for value, one in fates.items() if one.how == "sent"}
    how = label("n", going, fields_of(going)) if going else OWN["n"]
    return f"{'1' if model.n.max == 1 else f'1 to {model.n.max}'}, {how}"


def sent(name: str, fates: Fates) -> Iterator[str]:
    """Under which name a parameter leaves, and which of its values as others."""
    going = {value: one for value, one in fates.items() if one.how == "sent"}
    if not going:
        return
    fields = fields_of(going)
    yield label(name, going, fields)
    if name in SAID_WHOLE:
        return
    became = {value: as_told(name, one, fields) for value, one in going.items()}
    changed = [f"`{shown(value)}` → {one}" for value, one in became.items() if one != shown(value)]
    if changed:
        more = ["…"] if len(changed) > MOST_SHOWN else []
        yield ", ".join([*changed[:MOST_SHOWN], *more])


def label(name: str, going: Fates, fields: tuple[str, ...]) -> str:
    carried = {value for one in going.values() for _, value in one.carried}
    if name == "n" and fields == ("calls",):
        return "in as many calls"
    if any(PROMPT in str(value) for value in carried):
        return "said in the prompt"
    hashed = name == "user" and digest("u-7") in carried
    names = " and ".join(f"`{last(field)}`" for field in fields)
    means = [f"`{last(way)}` {shown(value)}" for way, value in beside(name, going)]
    known = "sent" if names == f"`{name}`" else f"as {names}"
    return known + (", hashed" if hashed else "") + (f", with {', '.join(means)}" if means else "")


def beside(name: str, going: Fates) -> list[tuple[str, Scalar]]:
    """What goes along with a seed."""
    carried = [(way, value, one.used) for one in going.values() for way, value in one.carried]
    return [(way, value) for way, value, used in carried if name == "seed" and value != used]


def fields_of(going: Fates) -> tuple[str, ...]:
    """The fields that carry every value; where one alone equals it, that one."""
    each = [dict(one.carried) for one in going.values()]
    common = [way for way in each[0] if all(way in one for one in each)] or list(each[0])
    exact = [
        way
        for way in common
        if all(one.used == dict(one.carried)[way] for one in going.values() if way in each[0])
    ]
    return tuple(exact[:1] or common)


def as_told(name: str, one: Fate, fields: tuple[str, ...]) -> str:
    carried = dict(one.carried)
    values = [shown(carried[way]) for way in fields if way in carried]
    in_pixels = {last(way) for way in fields} == {"width", "height"}
    words = ("x" if in_pixels else " ").join(values).removeprefix("image/")
    return words.replace("*", "x") if name in ("size", "aspect_ratio", "image_size") else words


def others(name: str, fates: Fates) -> Iterator[str]:
    """What is not sent, by why; the values are named where others fare otherwise."""
    groups: dict[str, list[Scalar]] = {}
    for value, one in fates.items():
        if one.how != "sent":
            word = WORDS.get(one.how) or OWN.get(name, "nothing to send")
            groups.setdefault(word, []).append(value)
    accepted = len(fates) - len(groups.get("refused", ()))
    for word, values in sorted(groups.items(), key=lambda group: group[0] == "refused"):
        whole = len(values) == (len(fates) if word == "refused" else accepted)
        if word == "refused" and name == "size" and set(SIZES[:-1]) <= set(values):
            yield "all others are refused"
        elif whole:
            yield word
        else:
            yield f"{word}: {', '.join(f'`{shown(value)}`' for value in values)}"


def model_cell(upstream: str, seen: Seen) -> str:
    for way, value in seen.told.items():
        if value == upstream:
            return f"`{last(way)}`"
    return "in the path" if upstream in str(seen.told["path"]) else "chooses the workflow"


def prompt_cell(model: Model, seen: Seen) -> str:
    (way,) = (way for way, value in seen.told.items() if value == PROMPT)
    return f"`{last(way)}`, up to {model.prompt.max_chars:,} characters"


def response_format_cell(seen: Seen) -> str:
    asked = [value for way, value in seen.told.items() if last(way) == "response_format"]
    comes = f"asks for `{asked[0]}`" if asked else "comes inline"
    return f"limner's own; {comes if seen.inline else 'fetches a link'}"


def shown(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
