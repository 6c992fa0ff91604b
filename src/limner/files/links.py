"""Links that open one picture for a while, for anybody who has them, without a key.

`/v1/assets/{id}?exp=UNIX&sig=…`: the signature covers id and expiry, so neither can be changed.
"""

from limner.clock import Clock, wall
from limner.errors import NotFound
from limner.vault import Vault


class Links:
    def __init__(self, vault: Vault, ttl_s: float, clock: Clock = wall) -> None:
        self._vault = vault
        self._ttl_s = ttl_s
        self._clock = clock

    def link(self, base_url: str, artifact_id: str) -> str:
        """An absolute link that works until `ttl_s` from now."""
        expires = int(self._clock() + self._ttl_s)
        signature = self._vault.signature(signed_text(artifact_id, str(expires)))
        return f"{base_url}/v1/assets/{artifact_id}?exp={expires}&sig={signature}"

    def check(self, artifact_id: str, expires: str, signature: str) -> None:
        """Let a good link pass; raises NotFound alike for a forged, altered or expired one."""
        if not (artifact_id + expires + signature).isascii():  # cannot be ours, or even be hashed
            raise NotFound(GONE)
        if not self._vault.signed(signed_text(artifact_id, expires), signature):
            raise NotFound(GONE)
        if int(expires) < self._clock():
            raise NotFound(GONE)


GONE = "this link is not valid or has expired; read the job again for a fresh one"


def signed_text(artifact_id: str, expires: str) -> str:
    return f"asset/{artifact_id}/{expires}"
