"""What is administered beside a running server reaches it within seconds, without a restart."""

import asyncio

from tests.cli.calls import call, draw, eventually
from tests.cli.terminal import Terminal, settings_of
from tests.cli.upstream import openai_upstream
from tests.servers import a_key, serving

WITHIN_S = 5.5
"""Five seconds, and what one look takes."""


def test_a_new_provider_and_a_revoked_key_are_noticed_within_five_seconds(
    either: Terminal,
) -> None:
    settings = settings_of(either)
    live = asyncio.run(a_key(settings, "live", credits=100_000_000))
    spare = either.done_inside("key", "create", "--test", "--json").json
    with openai_upstream() as upstream, serving(settings, {"UPSTREAM_KEY": "sk-1"}) as server:
        before = draw(server.url, live, model="gpt-image-2", quality="low")
        assert before.status == 503
        assert "limner provider add openai" in before.body["error"]["message"]
        assert call(server.url, spare["key"], "/v1/credits").status == 200

        key = ("--api-key-env", "UPSTREAM_KEY")
        either.done_inside("provider", "add", "openai", "--base-url", upstream, *key)
        either.done_inside("key", "revoke", spare["id"])

        eventually(
            lambda: call(server.url, spare["key"], "/v1/credits").status == 401,
            "the revoked key is refused",
            WITHIN_S,
        )
        eventually(
            lambda: draw(server.url, live, model="gpt-image-2", quality="low").status == 200,
            "the provider draws",
            WITHIN_S,
        )
