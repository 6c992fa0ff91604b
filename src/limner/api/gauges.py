"""What is so at the moment of a scrape: how full the line is, and how the providers are."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args

from limner import __version__
from limner.api.wire.provider_health import ProviderState, state
from limner.db.base import DatabaseAway
from limner.generation.connections import Connection, Connections
from limner.generation.line import Line
from limner.generation.routes import Route
from limner.generation.runner import Runner
from limner.in_flight import InFlight
from limner.metrics.family import Family, Labels, gauge
from limner.metrics.heard import Heard
from limner.metrics.metrics import Metrics

STATES: tuple[ProviderState, ...] = get_args(ProviderState)
DOWN: frozenset[ProviderState] = frozenset({"failing", "account_in_trouble", "not_ready"})


class Gauges:
    """All the numbers of one process: those it counted, and those that are looked up now."""

    def __init__(
        self,
        metrics: Metrics,
        database: Heard,
        connections: Connections,
        line: Line,
        runner: Runner,
        in_flight: InFlight,
    ) -> None:
        self._metrics = metrics
        self._database = database
        self._connections = connections
        self._line = line
        self._runner = runner
        self._in_flight = in_flight

    async def families(self) -> list[Family]:
        """Told even while the database is away, which is when they are wanted."""
        try:
            connections: Sequence[Connection] = await self._connections.all()
        except DatabaseAway:
            connections = self._connections.last_known
        routes = self._connections.routes
        return [
            *self._metrics.families(),
            *of_server(self._database, self._runner),
            *of_line(self._line),
            *of_bytes(self._in_flight),
            gauge(
                "limner_further_tries_allowed",
                "1 while the budget of further tries has some left.",
                ({}, routes.tries_left),
            ),
            *of_providers(connections, list(routes.known.values())),
        ]


def of_server(database: Heard, runner: Runner) -> list[Family]:
    build = {"version": __version__, "database": database.kind}
    commits = ("limner_database_commits_total", dict[str, str](), float(database.commits))
    return [
        gauge("limner_build_info", "Always 1; what runs here.", (build, 1)),
        gauge(
            "limner_jobs_running", "Jobs in this process, waiting ones too.", ({}, runner.running)
        ),
        gauge("limner_draining", "1 while it stops and takes no new work.", ({}, runner.draining)),
        Family(
            "limner_database_commits",
            "counter",
            "Transactions; each has a group of writes.",
            [commits],
        ),
    ]


def of_line(line: Line) -> list[Family]:
    drawing, waiting = line.by_model()
    return [
        gauge("limner_line_drawing", "Jobs whose turn it is.", ({}, drawing.total())),
        gauge("limner_line_room", "How many those may be.", ({}, line.room)),
        gauge("limner_line_waiting", "Jobs that wait for their turn.", ({}, line.waiting)),
        gauge("limner_line_most_waiting", "How many those may be.", ({}, line.most_waiting)),
        gauge("limner_lane_drawing", "Those whose turn it is, by model.", *lanes(drawing)),
        gauge("limner_lane_waiting", "Those that wait, by model.", *lanes(waiting)),
        gauge("limner_lane_room", "How many those of one model may be.", ({}, line.lane_room)),
    ]


def of_bytes(in_flight: InFlight) -> list[Family]:
    return [
        gauge("limner_bytes_in_flight", "Bytes of requests and answers.", ({}, in_flight.held)),
        gauge(
            "limner_most_bytes_in_flight",
            "How many those may be; 0 is no limit.",
            ({}, in_flight.most),
        ),
    ]


def lanes(count: Counter[str]) -> list[tuple[Labels, float]]:
    return [({"model": model}, jobs) for model, jobs in count.items()]


def of_providers(connections: Sequence[Connection], routes: list[Route]) -> list[Family]:
    states = [(one, state(one, routes_of(one, routes))) for one in connections]
    return [
        gauge(
            "limner_provider_up",
            "1 unless orders there fail or cannot be given.",
            *((named(one), now not in DOWN) for one, now in states),
        ),
        gauge(
            "limner_provider_state",
            "1 for the state a provider is in, as /v1/providers/health has it.",
            *(
                (named(one) | {"state": word}, word == now)
                for one, now in states
                for word in STATES
            ),
        ),
        *of_places(routes),
    ]


def of_places(routes: Iterable[Route]) -> list[Family]:
    places = [(place(route), route) for route in routes]
    return [
        gauge(
            "limner_provider_breaker_open",
            "1 while a model at a provider is passed over, or tried by a single order.",
            *((labels, route.breaker.state != "closed") for labels, route in places),
        ),
        gauge(
            "limner_provider_running",
            "Orders a provider has at the moment.",
            *((labels, route.running) for labels, route in places),
        ),
    ]


def routes_of(connection: Connection, routes: Iterable[Route]) -> list[Route]:
    return [route for route in routes if route.provider == connection.entry.name]


def named(connection: Connection) -> Labels:
    return {"provider": connection.entry.name, "kind": connection.entry.kind}


def place(route: Route) -> Labels:
    return {"provider": route.provider, "upstream_model": route.upstream_model}
