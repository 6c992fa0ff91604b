"""Links that open one picture for a while, for anybody who has them, without a key.

`/v1/assets/{id}?exp=UNIX&sig=…`: the signature covers id and expiry, and `original=1` where the
link is for the signed picture that another was made from. None of them can be changed.
"""

from limner.clock import Clock, wall
from limner.errors import NotFound
from limner.vault import Vault


class Links:
    def __init__(self, vault: Vault, ttl_s: float, clock: Clock = wall) -> None:
        self._vault = vault
        self._ttl_s = ttl_s
        self._clock = clock

    def link(self, base_url: str, artifact_id: str, form: str = "") -> str:
        """An absolute link that works until `ttl_s` from now.

        `form` are further parameters as they stand in the link, which the signature covers too.
        """
        expires = int(self._clock() + self._ttl_s)
        signature = self._vault.signature(signed_text(artifact_id, str(expires), form))
        also = f"{form}&" if form else ""
        return f"{base_url}/v1/assets/{artifact_id}?{also}exp={expires}&sig={signature}"

    def check(self, artifact_id: str, expires: str, signature: str, form: str = "") -> None:
        """Let a good link pass; raises NotFound alike for a forged, altered or expired one."""
        if not (
            artifact_id + expires + signature + form
        ).isascii():  # cannot be ours, or even be hashed
            raise NotFound(GONE)
        if not self._vault.signed(signed_text(artifact_id, expires, form), signature):
            raise NotFound(GONE)
        if int(expires) < self._clock():
            raise NotFound(GONE)


ORIGINAL = "original=1"
GONE = "this link is not valid or has expired; read the job again for a fresh one"


def signed_text(artifact_id: str, expires: str, form: str = "") -> str:
    return f"asset/{artifact_id}/{expires}" + (f"/{form}" if form else "")
