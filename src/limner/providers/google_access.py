"""How Google's two hosts are addressed, and what opens them: a key, or a service account's tokens.

A service account signs a statement that it is itself, and gets a token for an hour; the token is
renewed before it ends, and once more when Google says that it is stale.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias
from urllib.parse import quote, urlencode

import msgspec
import pybase64
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from limner.errors import ConfigError
from limner.providers.base import ProviderError
from limner.providers.failures import failed_call, failure
from limner.providers.http import HttpClient, HttpFailure

Host: TypeAlias = Literal["google", "vertex"]
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LASTS_S = 3600
EARLY_S = 300.0
TOKEN_S = 10.0


class Access(Protocol):
    @property
    def host(self) -> Host: ...

    def url(self, model: str, method: str) -> str: ...
    def models_url(self) -> str: ...
    async def headers(self, *, fresh: bool = False) -> dict[str, str]:
        """What opens the host; `fresh` after it was turned away. Raises ProviderError."""
        ...


@dataclass(frozen=True, slots=True)
class Developer:
    """The Gemini Developer API. Imagen was only ever spoken in `v1beta`."""

    base_url: str
    api_key: str = field(repr=False)
    version: str = "v1"
    host: Host = "google"

    def url(self, model: str, method: str) -> str:
        version = "v1beta" if method == "predict" else self.version
        return f"{self.base_url}/{version}/models/{quote(model, safe='')}:{method}"

    def models_url(self) -> str:
        return f"{self.base_url}/{self.version}/models"

    async def headers(self, *, fresh: bool = False) -> dict[str, str]:
        return {"x-goog-api-key": self.api_key}


class Account(msgspec.Struct, frozen=True):
    """The file Google gives out for a service account."""

    client_email: str
    private_key: str
    token_uri: str
    project_id: str = ""


class Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: float = LASTS_S


@dataclass(slots=True)
class Vertex:
    http: HttpClient
    base_url: str
    account: Account = field(repr=False)
    project: str
    region: str
    version: str = "v1"
    host: Host = "vertex"
    clock: Callable[[], float] = time.time
    _token: str = field(default="", repr=False)
    _until: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    def url(self, model: str, method: str) -> str:
        return f"{self.models_url()}/{quote(model, safe='')}:{method}"

    def models_url(self) -> str:
        return (
            f"{self.base_url}/{self.version}/projects/{self.project}/locations/{self.region}"
            "/publishers/google/models"
        )

    async def headers(self, *, fresh: bool = False) -> dict[str, str]:
        stale = self._token if fresh else ""
        async with self._asking:
            if self.clock() >= self._until - EARLY_S or self._token == stale:
                await self._renew()
        return {"authorization": f"Bearer {self._token}"}

    async def _renew(self) -> None:
        signed = await asyncio.to_thread(assertion, self.account, int(self.clock()))
        body = urlencode({"grant_type": GRANT, "assertion": signed}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        try:
            reply = await self.http.post(
                self.account.token_uri, headers=headers, body=body, timeout_s=TOKEN_S
            )
        except HttpFailure as failed:
            # Nothing was ordered yet, whatever became of the question for a token.
            raise no_token(failed_call("google", failed).detail) from failed
        if reply.status != 200:
            raise no_token(f"token: HTTP {reply.status}", account=reply.status < 500)
        try:
            token = msgspec.json.decode(reply.body, type=Token)
        except msgspec.MsgspecError:
            raise no_token("token: an answer that cannot be read") from None
        self._token, self._until = token.access_token, self.clock() + token.expires_in


def no_token(detail: str, *, account: bool = False) -> ProviderError:
    reason: Literal["provider_account", "provider_error"] = (
        "provider_account" if account else "provider_error"
    )
    return failure("google", "known_not_run", reason, detail=detail)


def assertion(account: Account, now: int) -> str:
    """A signed statement of who asks, for whom and until when (RFC 7523)."""
    claims = {
        "iss": account.client_email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": now,
        "exp": now + LASTS_S,
    }
    said = b".".join(
        base64url(msgspec.json.encode(part)) for part in ({"alg": "RS256", "typ": "JWT"}, claims)
    )
    key = serialization.load_pem_private_key(account.private_key.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    signature = key.sign(said, padding.PKCS1v15(), hashes.SHA256())
    return b".".join((said, base64url(signature))).decode()


def base64url(data: bytes) -> bytes:
    return pybase64.urlsafe_b64encode(data).rstrip(b"=")


def account_of(key: str) -> Account:
    """A service account from its JSON, or from the path of the file that has it.

    Raises ConfigError, which repeats nothing of either.
    """
    try:
        text = key.encode() if key.lstrip().startswith("{") else Path(key).read_bytes()
        account = msgspec.json.decode(text, type=Account)
        read = serialization.load_pem_private_key(account.private_key.encode(), None)
    except (OSError, ValueError, TypeError, msgspec.MsgspecError):
        raise ConfigError(unusable()) from None
    if not isinstance(read, RSAPrivateKey):
        raise ConfigError(unusable())
    return account


def unusable() -> str:
    return (
        "Vertex needs a service account: the path of the JSON file Google gave for it, as "
        "GOOGLE_APPLICATION_CREDENTIALS usually holds, or its text"
    )


def vertex_address(region: str) -> str:
    """Where a region is; `global` and the continents have hosts of their own."""
    if region == "global":
        return "https://aiplatform.googleapis.com"
    if region in ("us", "eu"):
        return f"https://aiplatform.{region}.rep.googleapis.com"
    return f"https://{region}-aiplatform.googleapis.com"
