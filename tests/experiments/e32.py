"""E32, URL fetching: every known form of an address inside is given as a picture and as a webhook.

Canaries listen on one port of several local addresses. Odd numbers, mapped and translated
addresses, userinfo, other schemes and ports, and redirects of every kind to inside: no connection
reaches a canary (I20), a picture's URL is refused as `unsafe_image_url`, a webhook's is refused or
never told, and nothing is charged. A host that may be reached is there too, so that a URL is
known to be followed at all.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tests.experiments.liveness import not_well, size_of
from tests.experiments.run import Run
from tests.faults.invariants import breaches
from tests.faults.load import EACH, Answer, Callers, blobs, calling, host, looking, started
from tests.fetch.forms import PERHAPS, UNSAFE, canaries
from tests.files.pictures import encoded
from tests.servers import Server, a_key
from tests.standins.messages import Answer as Told
from tests.standins.openai import OpenAIStandIn
from tests.standins.receiver import Receiver, redirect

from limner.settings import Settings

ROUNDS = 5
SHORT = 1
REACHED = "127.0.0.9"
"""Where alone this server may fetch from."""
STATUSES = (301, 302, 303, 307, 308)
AT_ONCE = 4
SOON_S = 1.0
"""For a webhook that should never be sent."""
PICTURE = Told(200, encoded(), {"content-type": "image/png"})


@dataclass(frozen=True, slots=True)
class House:
    server: Server
    callers: Callers
    door: Receiver
    port: int
    """Of the canaries."""

    async def given(self, url: str) -> Answer:
        body = {"model": "sketch-1", "prompt": "in sepia", "image_url": url}
        return await self.callers.post(f"{self.server.api}/images/edits", json=body)

    async def hooked(self, url: str) -> Answer:
        body = {"model": "sketch-1", "prompt": f"a hook {url}", "size": "64x64", "webhook_url": url}
        return await self.callers.post(f"{self.server.api}/images/generations", json=body)

    async def direct(self, form: str, *, surely: bool) -> list[str]:
        """What is wrong with how one form is met."""
        url = form.format(port=self.port)
        answer = await self.given(url)
        wrong = refused(url, answer)
        if surely:
            hook = await self.hooked(url)
            if hook.status not in (200, 400):
                wrong.append(f"webhook {url}: {hook.status} {hook.code or hook.problem}")
        return wrong

    async def redirected(self, target: str, status: int) -> list[str]:
        self.door.told.append(redirect(target, status))
        answer = await self.given(self.door.url)
        return refused(f"{status} to {target}", answer)


def refused(what: str, answer: Answer) -> list[str]:
    if what.startswith("data:"):  # no address: the bytes are in it
        return [] if answer.status == 400 else [f"{what}: {answer.status}"]
    if (answer.status, answer.code) == (400, "unsafe_image_url"):
        charged = answer.body["error"].get("credits_used")
        return [f"{what}: charged {charged}"] if charged else []
    return [f"{what}: {answer.status} {answer.code or answer.problem}"]


async def experiment(run: Run) -> list[str]:
    settings = Settings(
        data_dir=run.folder,
        database_url=run.fresh_url(),
        log_level="error",
        allow_private_networks=f"{REACHED}/32",
    )
    async with OpenAIStandIn() as standin, canaries() as there, Receiver(host=REACHED) as door:
        await host(settings, standin)
        key = await a_key(settings, "live", credits=100_000 * EACH)
        async with (
            started(settings) as server,
            looking(settings) as database,
            calling(key) as callers,
        ):
            house = House(server, callers, door, there[0].port)
            found = await follows(house)
            before = size_of(server)
            for number in range(run.rounds):
                found += await tried(house, run, number)
            await asyncio.sleep(SOON_S)
            found += [f"I20: {one.url} was reached" for one in there if one.connections]
            found += await not_well(database, server, callers, before)
            return found + await breaches(database, blobs(settings))


async def follows(house: House) -> list[str]:
    """A URL that may be fetched is, behind a redirect too; without that nothing would be shown."""
    house.door.told += [redirect("/there"), PICTURE]
    answer = await house.given(house.door.url)
    return [] if answer.status == 200 else [f"a good URL: {answer.status} {answer.code}"]


async def tried(house: House, run: Run, number: int) -> list[str]:
    cases = [(form, True) for form in UNSAFE.split()] + [(form, False) for form in PERHAPS.split()]
    run.chance(number).shuffle(cases)
    found: list[str] = []
    for some in batches(cases):
        told = await asyncio.gather(*(house.direct(form, surely=sure) for form, sure in some))
        found += [line for lines in told for line in lines]
    inside = (f"http://127.0.0.1:{house.port}/", f"//127.255.255.254:{house.port}/", "file:///etc")
    for status in STATUSES:
        for target in (*inside, f"http://[::ffff:127.0.0.1]:{house.port}/"):
            found += await house.redirected(target, status)
    return found


def batches(cases: Sequence[tuple[str, bool]]) -> list[Sequence[tuple[str, bool]]]:
    return [cases[at : at + AT_ONCE] for at in range(0, len(cases), AT_ONCE)]
