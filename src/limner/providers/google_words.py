"""Saying in a prompt what a model has no field for."""

from limner.providers.base import Order


def with_unwanted(order: Order) -> str:
    """The prompt and, behind it, what is not wanted."""
    unwanted = order.params.get("negative_prompt")
    return f"{order.prompt}. Leave out: {unwanted}" if unwanted else order.prompt
