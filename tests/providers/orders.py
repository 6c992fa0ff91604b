"""Orders for tests of providers, and reading what comes of them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from limner.providers.base import Order, ProviderEvent, Scalar


def an_order(
    model: str = "gpt-image-2.5-flare",
    *,
    prompt: str = "a paper lantern on a wet street",
    n: int = 1,
    size: str = "1024x1024",
    output_format: str = "png",
    partial_images: int = 0,
    timeout_s: float = 5.0,
    params: Mapping[str, Scalar] | None = None,
) -> Order:
    width, height = map(int, size.split("x"))
    return Order(
        job_id="imgjob_1",
        task="generate",
        upstream_model=model,
        prompt=prompt,
        n=n,
        width=width,
        height=height,
        output_format=output_format,
        params=params or {},
        partial_images=partial_images,
        timeout_s=timeout_s,
    )


async def drained(events: AsyncGenerator[ProviderEvent, None]) -> list[ProviderEvent]:
    async with aclosing(events):
        return [event async for event in events]
