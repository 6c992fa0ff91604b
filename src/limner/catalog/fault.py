"""One thing that is wrong with a model file, and how a list of them reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """The field's path in the file, and what is wrong with it in plain words."""

    field: str
    message: str


def report(wrong: Mapping[str, Sequence[Fault]]) -> str:
    """The faults of all files as one message, file by file, cut to what a person reads."""
    total = sum(len(faults) for faults in wrong.values())
    lines = [f"the model catalog has {total} fault{'s' if total > 1 else ''}:"]
    shown = 0
    for file, faults in wrong.items():
        taken = faults[: MOST_SHOWN - shown]
        if taken:
            lines.append(f"  {file}")
            lines += [f"    {fault.field}: {fault.message}" for fault in taken]
        shown += len(taken)
    if total > shown:
        lines.append(f"  and {total - shown} more")
    return "\n".join(lines)
