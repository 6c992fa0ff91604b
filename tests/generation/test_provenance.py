from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

import pybase64
import pytest
from tests.files.manifests import signed
from tests.files.pictures import encoded
from tests.generation.studios import CATALOG
from tests.signing.certificates import installed_in

from limner.accounts.limits import Options
from limner.catalog.model import Task
from limner.errors import ConfigError
from limner.files.artifact import Original
from limner.generation.finishing import Finished
from limner.generation.provenance import (
    Maker,
    Provenance,
    Says,
    maker_of,
    nothing_signs,
    provenance_of,
)
from limner.jobs.job import Ticket
from limner.ledger.wallet import Split
from limner.providers.base import ImageData
from limner.settings import Settings
from limner.signing.claim import Claim
from limner.signing.sign import sign

TICKET = Ticket("imgjob_1", "ws_1", "live", 1, Split(0, 4))
MAKER = Maker("imgjob_1", "gpt-image-2", "openai", "trainedAlgorithmicMedia")
BOTH = Says(mark=True, sign=True)


def picture(data: bytes, *, base64: bool = False) -> Finished:
    if base64:
        return Finished(ImageData(memoryview(pybase64.b64encode(data)), "base64", seed=7))
    return Finished(ImageData(memoryview(data), "raw", seed=7))


async def really(claim: Claim) -> bytes:
    return sign(claim)


@pytest.mark.parametrize(
    ("slug", "task", "ledger", "told"),
    [
        ("gpt-image-2", "generate", "live", ("gpt-image-2", "openai", "trainedAlgorithmicMedia")),
        (
            "gpt-image-2",
            "edit",
            "live",
            ("gpt-image-2", "openai", "compositeWithTrainedAlgorithmicMedia"),
        ),
        (
            "gpt-image-2",
            "generate",
            "test",
            ("gpt-image-2 (simulated)", "limner", "algorithmicMedia"),
        ),
        ("sketch-1", "generate", "live", ("sketch-1", "limner", "algorithmicMedia")),
        ("sketch-1", "generate", "test", ("sketch-1", "limner", "algorithmicMedia")),
        (
            "sketch-upscale",
            "upscale",
            "live",
            ("sketch-upscale", "limner", "algorithmicallyEnhanced"),
        ),
    ],
)
def test_who_made_a_picture_is_told_as_it_was(
    slug: str, task: Task, ledger: str, told: tuple[str, str, str]
) -> None:
    model = CATALOG.get(slug)
    assert model is not None
    maker = maker_of(model, task, replace(TICKET, ledger="test" if ledger == "test" else "live"))
    assert maker == Maker("imgjob_1", *told)


def test_music_has_no_mark() -> None:
    model = CATALOG.get("suno-v5-5")
    assert model is not None
    assert maker_of(model, "music", TICKET) is None


@pytest.mark.parametrize("base64", [True, False])
async def test_a_providers_picture_is_marked_before_it_is_signed(
    tmp_path: Path, base64: bool
) -> None:
    here = Provenance(signer=installed_in(tmp_path), sign=really, version="1")
    (made,) = await here.told([picture(encoded(), base64=base64)], MAKER, BOTH)
    data = bytes(made.image.data)
    assert (made.signed, made.warning, made.image.encoding, made.image.seed) == (True, "", "raw", 7)
    assert data.count(b"trainedAlgorithmicMedia") == 2
    assert b"XML:com.adobe.xmp" in data


async def test_a_picture_with_a_manifest_stays_bit_for_bit_and_a_warning_says_why(
    tmp_path: Path,
) -> None:
    given = picture(signed(encoded(), "image/png"), base64=True)
    here = Provenance(signer=installed_in(tmp_path), sign=really)
    (made,) = await here.told([given], MAKER, BOTH)
    assert made == replace(
        given,
        warning="picture 1 does not say that a machine made it: its content credentials would be "
        "broken",
    )


async def test_a_picture_whose_credentials_were_removed_is_not_signed_anew(tmp_path: Path) -> None:
    given = replace(picture(encoded()), original=Original(b"signed", "image/png"))
    here = Provenance(signer=installed_in(tmp_path), sign=really)
    assert await here.told([given], MAKER, Says(sign=True)) == [given]


@pytest.mark.parametrize("error", [BrokenProcessPool, TimeoutError, ModuleNotFoundError, OSError])
async def test_whatever_stops_a_signature_the_picture_is_delivered(
    tmp_path: Path, error: type[Exception]
) -> None:
    async def stopped(claim: Claim) -> bytes:
        raise error("/etc/limner/key.pem")

    given = picture(encoded())
    here = Provenance(signer=installed_in(tmp_path), sign=stopped)
    (made,) = await here.told([given], MAKER, Says(sign=True))
    said = "picture 1 could not be signed; it has no credentials"
    assert made == replace(given, warning=said)


async def test_a_server_without_a_certificate_delivers_what_a_workspace_wants_signed() -> None:
    (made,) = await Provenance().told([picture(encoded())], MAKER, Says(sign=True))
    assert (made.signed, made.warning != "") == (False, True)


async def test_what_is_no_picture_is_left_to_whoever_stores_it() -> None:
    given = picture(b"no picture")
    assert await Provenance().told([given], MAKER, BOTH) == [given]


def test_a_workspace_has_it_its_own_way() -> None:
    here = Provenance(Says(mark=True, sign=False))
    assert here.of(Options()) == Says(mark=True, sign=False)
    assert here.of(Options(mark_ai=False, sign_pictures=True)) == Says(mark=False, sign=True)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (Settings(sign_pictures=True), "needs a certificate: set c2pa_chain and c2pa_key"),
        (Settings(c2pa_chain="chain.pem"), "c2pa_key is not set"),
        (Settings(c2pa_key="key.pem"), "c2pa_chain is not set"),
    ],
)
def test_half_a_configuration_is_refused_at_the_start(settings: Settings, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        provenance_of(settings, nothing_signs)
