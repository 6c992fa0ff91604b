"""`limner estimate`: what a request would cost, without running it."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import typer

from limner.cli.client import Refusal, opened
from limner.cli.generate import told_refusal
from limner.cli.options import DEFAULT_URL, AsJson, Key, Url
from limner.cli.screen import say, show_json
from limner.cli.wishes import body_of


def estimate(
    model: Annotated[str, typer.Argument(help="Model slug, such as gpt-image-2.")],
    prompt: Annotated[str | None, typer.Option(help="The prompt, where its length counts.")] = None,
    n: Annotated[int | None, typer.Option("--n", "-n", min=1, help="How many pictures.")] = None,
    size: Annotated[str | None, typer.Option(help="Such as 1024x1024.")] = None,
    quality: Annotated[str | None, typer.Option(help="Such as low, high, hd.")] = None,
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="NAME=VALUE", help="Any other parameter."),
    ] = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """The most a request can cost; it reserves nothing."""
    body = body_of(model, prompt, n=n, size=size, quality=quality, param=param)
    del body["model"]
    answer = asyncio.run(asked(model, body, url, key, as_json))
    if as_json:
        show_json(answer)
        return
    if answer["credits"] is None:
        say(f"{model} has no price: it was retired")
        return
    say(f"{answer['credits']:g} credits")
    for line in answer["breakdown"]:
        say(f"  {line['credits']:g}  {line['what']}: {line['quantity']} at {line['unit_price']}")


async def asked(
    model: str, body: dict[str, object], url: str, key: str, as_json: bool
) -> dict[str, Any]:
    async with opened(url, key) as api:
        try:
            return await api.post(f"/v1/models/{quote(model, safe='')}/estimate", body)
        except Refusal as refusal:
            told_refusal(refusal, as_json)
            raise
