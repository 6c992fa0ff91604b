"""The certificate of `tests.files.manifests` where an operator would put it."""

from pathlib import Path

from tests.files.manifests import certified

from limner.signing.claim import Signer


def installed_in(folder: Path) -> Signer:
    signer = Signer(folder / "chain.pem", folder / "key.pem")
    for path, content in zip((signer.chain, signer.key), certified(), strict=True):
        path.write_bytes(content)
    return signer
