"""Run a stand-in by hand: `python -m tests.standins openai --port 9900 --latency 0.2`."""

import argparse
import asyncio
import contextlib
import tempfile
from collections.abc import Callable

from tests.standins.alibaba import AlibabaStandIn
from tests.standins.azure import AzureStandIn
from tests.standins.bfl import BflStandIn
from tests.standins.comfyui import WORKFLOWS, ComfyUIStandIn
from tests.standins.compatible import HABITS, CompatibleStandIn
from tests.standins.fal import FalStandIn
from tests.standins.google import GoogleStandIn
from tests.standins.openai import OpenAIStandIn
from tests.standins.server import StandIn
from tests.standins.suno import SunoStandIn
from tests.standins.xai import XaiStandIn

STAND_INS: dict[str, Callable[..., StandIn]] = {
    "bfl": BflStandIn,
    "openai": OpenAIStandIn,
    "azure": AzureStandIn,
    "comfyui": ComfyUIStandIn,
    "compatible": CompatibleStandIn,
    "fal": FalStandIn,
    "google": GoogleStandIn,
    "vertex": GoogleStandIn,
    "xai": XaiStandIn,
    "alibaba": AlibabaStandIn,
    "suno": SunoStandIn,
}


def kept(account: str) -> str:
    """The path of a service account's file, as a variable usually holds it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        file.write(account)
    return file.name


def told(options: argparse.Namespace) -> str:
    """What the command that adds it as a provider has to say besides."""
    named = {
        "azure": "api_version=2025-04-01-preview",
        "comfyui": f"workflows={WORKFLOWS}",
        "compatible": f"dialect={options.dialect}",
    }
    return f" --option {named[options.provider]}" if options.provider in named else ""


async def serve(options: argparse.Namespace) -> None:
    own = {"dialect": options.dialect} if options.provider == "compatible" else {}
    standin = STAND_INS[options.provider](
        host=options.host, port=options.port, latency_s=options.latency, least=options.bytes, **own
    )
    async with standin:
        print(f"{options.provider} stand-in at {standin.base_url}, its log at {standin.url}/log")
        key = "sk-standin"
        if options.provider == "vertex" and isinstance(standin, GoogleStandIn):
            key = kept(standin.account())
        print(
            f"STANDIN_KEY={key} limner provider add {options.provider}"
            f" --kind {options.provider} --base-url {standin.base_url}"
            f" --api-key-env STANDIN_KEY{told(options)}",
            flush=True,
        )
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.standins", description=__doc__)
    parser.add_argument("provider", choices=sorted(STAND_INS))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds a drawing takes")
    parser.add_argument("--bytes", type=int, default=0, help="least size of a PNG")
    parser.add_argument("--dialect", choices=HABITS, default="openai", help="of `compatible` only")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
