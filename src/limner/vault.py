"""One server secret makes every other key: for hashing API keys, signing links, sealing text.

What a person wrote (prompts as a provider rewrote them, provider keys) is sealed with AES-GCM
before it reaches the database, so that a stolen dump tells nothing.
"""

import base64
import hashlib
import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from limner.durable import flush_folder
from limner.errors import ConfigError

NONCE_BYTES = 12


class Vault:
    """Digests, signatures and sealed text, each under a key of its own."""

    def __init__(self, secret: bytes) -> None:
        self._pepper = derived(secret, "api-key-pepper")
        self._signing = derived(secret, "link-signing")
        self._bodies = derived(secret, "request-bodies")
        self._sealing = AESGCM(derived(secret, "sealing"))
        self.fingerprint = derived(secret, "fingerprint").hex()[:16]

    def digest(self, api_key: str) -> str:
        """HMAC-SHA-256 of an API key, hex: what is stored instead of the key."""
        return hmac.new(self._pepper, api_key.encode(), hashlib.sha256).hexdigest()

    def body_digest(self, body: bytes) -> str:
        """32 hex digits that tell two request bodies apart and give nothing of them away."""
        return hmac.new(self._bodies, body, hashlib.sha256).hexdigest()[:32]

    def signature(self, text: str) -> str:
        """43 URL-safe characters that only this server can make for a text."""
        mac = hmac.new(self._signing, text.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def signed(self, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.signature(text).encode(), signature.encode())

    def seal(self, text: str, *, about: str) -> str:
        """Encrypt a text so that it opens only for the same `about`, such as a row's id."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._sealing.encrypt(nonce, text.encode(), about.encode())
        return base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, about: str) -> str:
        """Decrypt; ConfigError when the server's secret is not the one it was sealed with."""
        try:
            raw = base64.b64decode(sealed)
            return self._sealing.decrypt(
                raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()
            ).decode()
        except (InvalidTag, ValueError):
            raise ConfigError(f"the secret of this server cannot open {about}") from None


def derived(secret: bytes, purpose: str) -> bytes:
    return hmac.new(secret, f"limner/{purpose}".encode(), hashlib.sha256).digest()


def secret_from(text: str, file: Path) -> bytes:
    """The server's secret: from settings, else from its file, which is made on first use.

    Raises ConfigError when it is not 64 hex digits.
    """
    if not text and not file.exists():
        make_secret(file)
    try:
        secret = bytes.fromhex(text or file.read_text("ascii"))
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise ConfigError(f"the server's secret (LIMNER_SECRET or {file}) must be 64 hex digits")
    return secret


def make_secret(file: Path) -> None:
    """Write a fresh secret that only the owner may read; an existing file is left alone."""
    write_secret(file, os.urandom(32).hex())


def write_secret(file: Path, secret: str) -> None:
    """Write 64 hex digits that only the owner may read; an existing file is left alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{file.name}.{os.urandom(8).hex()}.part")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(f"{secret}\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(temporary, file)  # two processes starting at once must agree on one secret
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    flush_folder(file.parent)
