"""What pictures say of how they came to be: IPTC's mark, and a manifest that limner signs.

Nothing here loses a picture: one that cannot be marked or signed is delivered as it came, with a
warning. What is signed is what is stored, hashed and handed out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import msgspec
import structlog

from limner import __version__
from limner.accounts.limits import Options
from limner.catalog.model import Model, Task
from limner.errors import ConfigError
from limner.files.artifact import Found, seen
from limner.files.artifacts import plain
from limner.files.credentials import credentials_in
from limner.files.marking import Unmarked, marked
from limner.files.sniff import NotMedia, sniff
from limner.generation.finishing import Finished
from limner.jobs.job import Ticket
from limner.settings import Settings
from limner.signing.claim import EXTRA, SIGNABLE, Claim, Signer, Unsigned, installed

Sign: TypeAlias = Callable[[Claim], Awaitable[bytes]]

SOURCES: dict[tuple[bool, str], str] = {
    (True, "generate"): "algorithmicMedia",
    (False, "generate"): "trainedAlgorithmicMedia",
    (True, "edit"): "compositeSynthetic",
    (False, "edit"): "compositeWithTrainedAlgorithmicMedia",
    (True, "upscale"): "algorithmicallyEnhanced",
    (False, "upscale"): "algorithmicallyEnhanced",
}
"""IPTC's names, by whether limner drew it and what was asked. Whatever is made of a given picture
is a composite: that picture may be a photograph."""
LONGEST_S = 30.0
"""For a timestamp authority that does not answer; the picture is paid for and somebody waits."""

log = structlog.get_logger()


class Says(msgspec.Struct, frozen=True):
    """What the pictures of an order are to say."""

    mark: bool = False
    sign: bool = False


NOTHING = Says()


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made pictures, in words that may be told; `source` is IPTC's."""

    job_id: str
    model: str
    owner: str
    source: str


def maker_of(model: Model, task: Task, ticket: Ticket) -> Maker | None:
    """None for music. A simulated model is limner's own drawing, and says so."""
    simulated = ticket.ledger == "test" and model.owner != "limner"
    source = SOURCES.get((simulated or model.owner == "limner", task))
    if source is None or model.modality == "music":
        return None
    slug = f"{model.slug} (simulated)" if simulated else model.slug
    return Maker(ticket.job_id, slug, "limner" if simulated else model.owner, source)


async def nothing_signs(claim: Claim) -> bytes:
    """For those who have no processes to do it."""
    raise Unsigned("nothing here signs pictures")


@dataclass(frozen=True, slots=True)
class Provenance:
    """The server's own choice, and what it signs with."""

    usual: Says = NOTHING
    signer: Signer | None = None
    sign: Sign = nothing_signs
    version: str = ""

    def of(self, options: Options) -> Says:
        """What holds for a workspace."""
        mark, sign = options.mark_ai, options.sign_pictures
        return Says(
            self.usual.mark if mark is None else mark, self.usual.sign if sign is None else sign
        )

    async def told(
        self, pictures: Sequence[Finished], maker: Maker | None, says: Says
    ) -> list[Finished]:
        """The pictures, saying what they are to say."""
        if maker is None or says == NOTHING:
            return list(pictures)
        told = (self._one(one, f"picture {at}", maker, says) for at, one in enumerate(pictures, 1))
        return await asyncio.gather(*told)

    async def _one(self, picture: Finished, name: str, maker: Maker, says: Says) -> Finished:
        try:
            data, content_type, has = await asyncio.to_thread(looked_at, picture)
        except NotMedia:
            return picture  # whoever stores it says what is wrong with it
        if says.mark:
            try:
                made = await asyncio.to_thread(marked, data, content_type, maker.source)
                picture, data = with_bytes(picture, data, made), made
            except Unmarked as error:
                words = f"{name} does not say that a machine made it: {error}"
                picture = with_warning(picture, words)
        if not says.sign or has or picture.original:
            return picture
        try:
            made = await self._signed(data, content_type, maker)
        except (Unsigned, BrokenProcessPool, TimeoutError, OSError, ImportError) as error:
            why = str(error) or type(error).__name__
            log.error("picture_not_signed", job_id=maker.job_id, error=why)
            return with_warning(picture, f"{name} could not be signed; it has no credentials")
        return replace(with_bytes(picture, data, made), signed=True)

    async def _signed(self, data: bytes, content_type: str, maker: Maker) -> bytes:
        if self.signer is None:
            raise Unsigned("this server has no certificate to sign with")
        if content_type not in SIGNABLE:
            raise Unsigned(f"limner does not sign {content_type}")
        claim = Claim(
            data, content_type, maker.source, maker.model, maker.owner, self.version, self.signer
        )
        return await asyncio.wait_for(self.sign(claim), LONGEST_S)


def provenance_of(settings: Settings, sign: Sign) -> Provenance:
    """As the settings have it. Raises ConfigError for signing that cannot be."""
    usual = Says(settings.mark_ai, settings.sign_pictures)
    signer = signer_of(settings)
    if signer and not installed():
        raise ConfigError(f"signing needs a library that is not here: pip install '{EXTRA}'")
    if usual.sign and not signer:
        raise ConfigError("sign_pictures needs a certificate: set c2pa_chain and c2pa_key")
    return Provenance(usual, signer, sign, __version__)


def signer_of(settings: Settings) -> Signer | None:
    """Raises ConfigError for one without the other."""
    chain, key = settings.c2pa_chain, settings.c2pa_key
    if bool(chain) != bool(key):
        missing = "c2pa_key" if chain else "c2pa_chain"
        raise ConfigError(f"c2pa_chain and c2pa_key go together, and {missing} is not set")
    return Signer(Path(chain), Path(key), settings.c2pa_timestamp_url) if chain else None


def looked_at(picture: Finished) -> tuple[bytes, str, bool]:
    """Bytes, type, and whether it has a manifest, for a thread. Raises NotMedia."""
    data = plain(picture.image.data, picture.image.encoding == "base64")
    content_type = sniff(data).content_type
    return data, content_type, credentials_in(data, content_type)


def with_bytes(picture: Finished, before: bytes, after: bytes) -> Finished:
    if after == before:
        return picture
    return replace(picture, image=replace(picture.image, data=memoryview(after), encoding="raw"))


def with_warning(picture: Finished, words: str) -> Finished:
    return replace(picture, warning="; ".join(filter(None, (picture.warning, words))))


def signed_here(data: bytes) -> Found:
    """A picture with a manifest that limner added. Raises NotAnImage."""
    return replace(seen(data), content_credentials="added")
