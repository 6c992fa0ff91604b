"""The calls that are made to one ComfyUI server, and what each tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from limner.providers.base import InputImage, Order
from limner.providers.comfyui_answers import Ended, Queue, read_history, read_queue
from limner.providers.comfyui_pictures import not_uploaded, read_uploaded, upload_fields
from limner.providers.form import built_form
from limner.providers.http import HttpClient, HttpFailure, Reply

SUBMIT_S, ASK_S, UPLOAD_S = 60.0, 15.0, 60.0


@dataclass(frozen=True, slots=True)
class Server:
    """`headers` go along with every call. What raises nothing says None for trouble."""

    http: HttpClient = field(repr=False)
    base_url: str
    headers: Mapping[str, str] = field(repr=False)

    async def submit(self, body: bytes, timeout_s: float) -> Reply:
        """Give an order. Raises HttpFailure."""
        return await self._post("/prompt", body, min(timeout_s, SUBMIT_S))

    async def ended(self, prompt_id: str) -> Mapping[str, Ended] | None:
        """The order by its name, once it has ended."""
        reply = await self.get(f"/history/{prompt_id}")
        return read_history(reply) if reply else None

    async def queue(self) -> Queue | None:
        reply = await self.get("/queue")
        return read_queue(reply) if reply else None

    async def stop(self, prompt_id: str) -> bool:
        """Take an order out of the queue, or interrupt it; False where nobody can say.

        Only an order that runs is interrupted: older servers stop whichever runs.
        """
        name = f'"{prompt_id}"'.encode()
        try:
            reply = await self._post("/queue", b'{"delete":[%s]}' % name, ASK_S)
            queue = await self.queue()
            if reply.status != 200 or queue is None:
                return False
            if prompt_id in queue.running:
                reply = await self._post("/interrupt", b'{"prompt_id":%s}' % name, ASK_S)
        except HttpFailure:
            return False
        return reply.status == 200

    async def uploaded(self, order: Order) -> tuple[list[str], str | None]:
        """The names that pictures and mask have there now. Raises ProviderError."""
        names = [await self._upload(image) for image in order.images]
        return names, await self._upload(order.mask) if order.mask else None

    async def _upload(self, image: InputImage) -> str:
        form = await built_form(upload_fields(image), [("image", image)])
        try:
            reply = await self.http.post(
                f"{self.base_url}/upload/image",
                headers={**self.headers, "content-type": form.content_type},
                body=form.body,
                timeout_s=UPLOAD_S,
            )
        except HttpFailure as failed:
            raise not_uploaded(failed.what) from failed
        return read_uploaded(reply)

    async def get(self, path: str) -> Reply | None:
        """None where no answer came."""
        try:
            return await self.http.get(
                f"{self.base_url}{path}", headers=self.headers, timeout_s=ASK_S
            )
        except HttpFailure:
            return None

    async def _post(self, path: str, body: bytes, timeout_s: float) -> Reply:
        headers = {**self.headers, "content-type": "application/json"}
        return await self.http.post(
            f"{self.base_url}{path}", headers=headers, body=body, timeout_s=timeout_s
        )
