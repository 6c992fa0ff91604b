"""The chapters of the reference, in the order in which they are read."""

from dataclasses import dataclass

from limner.api.operation import Operation
from limner.web.openapi import Tag


@dataclass(frozen=True, slots=True)
class Chapter:
    name: str
    about: str
    paths: tuple[str, ...]
    """What the paths of its operations begin with."""


CHAPTERS = (
    Chapter("Images", "Draw, edit and enlarge pictures.", ("/v1/images", "/v1/assets")),
    Chapter(
        "Jobs",
        "Every request that creates is a job: it can be found, collected and cancelled.",
        ("/v1/images/jobs",),
    ),
    Chapter("Music", "Make music.", ("/v1/music",)),
    Chapter(
        "Models",
        "What can be asked for, what each model takes, and what a request would cost.",
        ("/v1/models", "/v1/tools"),
    ),
    Chapter("Files", "What you upload or choose to keep.", ("/v1/files",)),
    Chapter(
        "Credits and usage",
        "What the workspace has, and what it was spent on.",
        ("/v1/credits", "/v1/usage", "/v1/requests", "/v1/limits"),
    ),
    Chapter("Webhooks", "Be told what happened, instead of asking.", ("/v1/webhooks",)),
    Chapter(
        "Administration",
        "Workspaces, their keys and credits, and how providers are; with an admin key.",
        ("/v1/admin", "/v1/providers"),
    ),
    Chapter(
        "Server",
        "The server about itself; open to all, but for its metrics.",
        ("/health", "/openapi.json", "/docs", "/metrics"),
    ),
)


def chapter_of(operation: Operation) -> str:
    """The name of an operation's chapter: said by it, or by the longest beginning of its path."""
    if operation.tag:
        return operation.tag
    fitting = [
        (len(path), chapter.name)
        for chapter in CHAPTERS
        for path in chapter.paths
        if operation.path.startswith(path)
    ]
    return max(fitting)[1] if fitting else CHAPTERS[-1].name


def tags(operations: tuple[Operation, ...]) -> list[Tag]:
    """The chapters that have operations, those of their own naming last."""
    used = [chapter_of(one) for one in operations]
    known = [Tag(name=one.name, description=one.about) for one in CHAPTERS if one.name in used]
    names = {one.name for one in known}
    return known + [
        Tag(name=one, description="") for one in dict.fromkeys(used) if one not in names
    ]
