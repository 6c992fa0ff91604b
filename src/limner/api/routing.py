"""All routes in one list, and the edge made of them."""

from starlette.routing import Route, Router

from limner.api.asgi import App
from limner.api.edge import Edge
from limner.api.operation import Operation
from limner.api.routes import (
    assets,
    corrections,
    credits,
    edits,
    files,
    generations,
    health,
    jobs,
    keys,
    losses,
    metrics,
    models,
    music,
    plans,
    providers,
    requests,
    upscale,
    usage,
    variations,
    webhooks,
    workspaces,
)
from limner.api.routes.openapi import described_by
from limner.api.services import Services

DECLARED: tuple[Operation, ...] = (
    generations.OPERATION,
    edits.OPERATION,
    upscale.OPERATION,
    *music.OPERATIONS,
    *jobs.OPERATIONS,
    *models.OPERATIONS,
    *credits.OPERATIONS,
    *usage.OPERATIONS,
    *requests.OPERATIONS,
    *files.OPERATIONS,
    *webhooks.OPERATIONS,
    assets.OPERATION,
    *workspaces.OPERATIONS,
    *corrections.OPERATIONS,
    *plans.OPERATIONS,
    *losses.OPERATIONS,
    *keys.OPERATIONS,
    *providers.OPERATIONS,
    *health.OPERATIONS,
    metrics.OPERATION,
)
OPERATIONS: tuple[Operation, ...] = (*DECLARED, *described_by(DECLARED))


def edge(services: Services) -> Edge:
    """The ASGI application for these services."""
    hot: dict[tuple[str, str], App] = {
        ("POST", generations.PATH): generations.generations(services),
        ("GET", assets.FOLDER): assets.Assets(services),
    }
    routes = [Route(one.path, one.serve(services), methods=[one.method]) for one in OPERATIONS]
    routes.append(variations.ROUTE)
    router = Router(routes, redirect_slashes=False)
    requests = services.metrics.requests
    return Edge(hot, router, closing=lambda: services.runner.draining, requests=requests)
