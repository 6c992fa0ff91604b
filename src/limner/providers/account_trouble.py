"""An operator's own account in trouble, in plain words: what to look at, whichever kind it is at.

Callers never see these. What an upstream said itself is not repeated: only its status and codes,
which the `detail` of a failure holds, tell what they are about.
"""

import re

MEANINGS = (
    (
        re.compile(
            r"billing|insufficient_quota|spending_limit|Arrearage|FAILED_PRECONDITION"
            r"|RESOURCE_EXHAUSTED|(?:HTTP|code) (?:402|429)"
        ),
        "has no money or no quota left for this account, or it has no billing: look at billing and "
        "limits there",
    ),
    (
        re.compile(r"(?:HTTP|code) 403"),
        "knows this key and does not let it draw: the organisation may have to be verified, the "
        "balance paid, or the key be given the right to this model",
    ),
    (
        re.compile(r"(?:HTTP|code) 40[01]"),
        "does not accept this key: it may be wrong, revoked, or another region's or project's",
    ),
)
"""The first that fits counts."""
OTHERWISE = "turned this server's account away: look at its console"


def account_trouble(who: str, detail: str) -> str:
    """What is wrong with the account at `who`, by the status and codes in the detail."""
    meant = next((words for pattern, words in MEANINGS if pattern.search(detail)), OTHERWISE)
    return f"{who} {meant}"
