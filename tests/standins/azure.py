"""A stand-in for Azure's older route: the deployment in the path, a version in the query.

Behind that it is OpenAI's. `deployments` says which model a deployment is, where its name is not
the model's.
"""

import json
import re
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

from tests.standins.messages import Answer, Request, json_answer
from tests.standins.openai import OpenAIStandIn
from tests.standins.server import Connection

ROUTE = re.compile(r"/openai/deployments/([^/]+)/images/(generations|edits)")


class AzureStandIn(OpenAIStandIn):
    deployments: dict[str, str] = {}  # noqa: RUF012  # each test sets its own

    @property
    def base_url(self) -> str:
        return f"{self.url}/openai"

    async def answer(self, request: Request, connection: Connection) -> Answer | None:
        target = urlsplit(request.path)
        if "api-version" not in parse_qs(target.query):
            return json_answer({"error": {"code": "404", "message": "Resource not found"}}, 404)
        if "api-key" not in request.headers or "authorization" in request.headers:
            return json_answer({"error": {"code": "401", "message": "Access denied"}}, 401)
        headers = request.headers | {"authorization": f"Bearer {request.headers['api-key']}"}
        inner = replace(request, headers=headers)
        if target.path == "/openai/models":
            return await super().answer(replace(inner, path="/v1/models"), connection)
        found = ROUTE.fullmatch(target.path)
        if found is None:
            return json_answer({"error": {"code": "404", "message": "Resource not found"}}, 404)
        body = (
            self._as_openai(inner, unquote(found[1])) if found[2] == "generations" else inner.body
        )
        path = f"/v1/images/{found[2]}"
        return await super().answer(replace(inner, path=path, body=body), connection)

    def _as_openai(self, request: Request, deployment: str) -> bytes:
        model = self.deployments.get(deployment, deployment)
        wanted = json.loads(request.body)
        if wanted.get("model") not in (None, deployment):
            model = "none"
        return json.dumps(wanted | {"model": model}).encode()
