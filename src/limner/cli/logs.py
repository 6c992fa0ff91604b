"""Logs are events with fields, on the error stream: lines for people there, JSON elsewhere."""

import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import ExcInfo

FRAMES = 8


def configure_logs(level: str) -> None:
    """Set up the log of this process; uvicorn's own words come through the same door."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(where),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING))
    # uvicorn tells of every broken request that anybody sends; their senders hear of it.
    logging.getLogger("uvicorn.error").setLevel(max(number, logging.ERROR))


@contextmanager
def only_errors() -> Iterator[None]:
    """For a command whose own words say what the log of a server would."""
    before = structlog.get_config()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def where(exc_info: ExcInfo) -> str:
    """What broke and where. The message of an exception stays out: it may quote a prompt."""
    kind, _, trace = exc_info
    frames = traceback.extract_tb(trace)[-FRAMES:]
    places = (f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    return " < ".join([kind.__name__, *reversed(list(places))])
