"""What must never leave a provider: its key, its upstream's words, its pictures."""

import traceback

from limner.providers.base import ProviderError

KEY = "sk-canary-1f7e9c"
UPSTREAM_TEXT = "Upstream-Words"


def everything_told(error: ProviderError) -> str:
    """All that a log, a crash report or an answer could show of a failure."""
    shown = traceback.format_exception(error)
    return " ".join([repr(error), str(error), error.message, error.detail, *shown])
