"""`limner estimate`: what a request would cost, without running it."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

import typer

from limner.cli.client import Refusal, opened, told_refusal
from limner.cli.options import (
    DEFAULT_URL,
    AsJson,
    Count,
    Key,
    Params,
    Quality,
    Size,
    Url,
    commands,
)
from limner.cli.screen import say, show_json
from limner.cli.wishes import body_of

app = commands()


@app.command()
def estimate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Model slug, such as gpt-image-2.")],
    prompt: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The prompt, where its length counts.")
    ] = None,
    n: Count = None,
    size: Size = None,
    quality: Quality = None,
    param: Params = None,
    url: Url = DEFAULT_URL,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Say the most a request can cost; it reserves nothing."""
    body = body_of(model, prompt, param, n=n, size=size, quality=quality)
    del body["model"]
    answer = asyncio.run(asked(model, body, url, key))
    if as_json:
        show_json(answer)
        return
    if answer["credits"] is None:
        say(f"{model} has no price: it was retired")
        return
    say(f"{answer['credits']:g} credits")
    for line in answer["breakdown"]:
        say(f"  {line['credits']:g}  {line['what']}: {line['quantity']} at {line['unit_price']}")


async def asked(model: str, body: dict[str, object], url: str, key: str) -> dict[str, Any]:
    async with opened(url, key) as api:
        try:
            return await api.post(f"/v1/models/{quote(model, safe='')}/estimate", body)
        except Refusal as refusal:
            told_refusal(refusal)
