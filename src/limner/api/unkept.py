"""Workspaces that keep no pictures: what cannot be asked of them, said before anything is held."""

from dataclasses import replace

from limner.accounts.api_key import Caller
from limner.api.wish import Wish
from limner.errors import InvalidParams
from limner.generation.request import GenerationRequest
from limner.retention import Retention

WHY = (
    "this workspace keeps no pictures (its retention is none), so {what}. {instead}; nothing was "
    "charged"
)


def fitting(caller: Caller, request: GenerationRequest, wish: Wish, server: Retention) -> Wish:
    """The wish as it can be met: of what is not kept the bytes come with the answer.

    Raises InvalidParams for what would have to be kept.
    """
    if not caller.retention(server).none:
        return wish
    if request.task == "music":
        raise refused("store", "there is nothing its links could lead to", "Music is told as links")
    if wish.form == "url":
        raise refused(
            "response_format",
            "there is nothing a link could lead to",
            "Ask for b64_json; store: true keeps it as a file",
        )
    if wish.wait_s == 0 and not wish.stream and not request.store:
        raise refused(
            "Prefer",
            "nothing can be collected later",
            "Wait for the answer, or stream it; store: true keeps it as a file",
        )
    return replace(wish, form="b64_json")


def refused(param: str, what: str, instead: str) -> InvalidParams:
    return InvalidParams(WHY.format(what=what, instead=instead), param=param)
