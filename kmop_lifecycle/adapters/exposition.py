"""The figures in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from kmop_lifecycle.adapters.whole_files import FOR_ALL, write_whole
from kmop_lifecycle.domain.errors import ConfigurationError, LifecycleError
from kmop_lifecycle.service.figures import Figures

_DAY = 86_400  # seconds


def exposed(seen: Figures) -> str:
    """Return every metric with its help; counts and dates only, never a name."""
    registry = CollectorRegistry()
    _one(registry, "oldest_due_seconds", "How long the oldest unsent notice has been due, by days",
         seen.oldest_due_days * _DAY)  # fmt: skip
    if seen.swept_on is not None:
        begun = datetime(seen.swept_on.year, seen.swept_on.month, seen.swept_on.day, tzinfo=UTC)
        _one(registry, "sweep_last_success", "The last day that was swept, as Unix time of 00:00",
             begun.timestamp())  # fmt: skip
    _each(registry, "notices", "Notices by outcome", "outcome", seen.notices)
    _each(registry, "cases", "Cases by state", "state", seen.cases)
    _each(registry, "overdue", "Cases whose clock has run out", "clock", seen.overdue)
    ahead = {str(days): count for days, count in seen.expiring.items()}
    _each(registry, "expiring", "Registrations that end within so many days", "days", ahead)
    return generate_latest(registry).decode()


def put_whole(text: str, file: Path) -> None:
    """Write a file so that a reader sees the old text or the new one, never half of it."""
    try:
        write_whole(file, text, FOR_ALL)  # the exporter is another user
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be written: {error.strerror}", hint="name a file in a folder of yours"
        ) from None


@contextmanager
def served(look: Callable[[], Figures], host: str, port: int) -> Iterator[WSGIServer]:
    """Lend a server that answers `GET /metrics` with figures read anew each time.

    While they cannot be read it answers 503 with the reason, so that Prometheus sees the target as
    down and not as empty. Port 0 takes a free one; a taken one is a ConfigurationError.
    """

    def answer(asked: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        status, body = _answer(asked, look)
        start(status, [("Content-Type", CONTENT_TYPE_LATEST), ("Content-Length", str(len(body)))])
        return [body]

    try:
        server = make_server(host, port, answer, handler_class=_Quiet)
    except OSError as error:
        raise ConfigurationError(
            f"{host}:{port} cannot be listened on: {error.strerror}", hint="choose another port"
        ) from None
    with server:
        yield server


def _answer(asked: WSGIEnvironment, look: Callable[[], Figures]) -> tuple[str, bytes]:
    if asked["PATH_INFO"] != "/metrics":
        return "404 Not Found", b"the figures are at /metrics\n"
    try:
        return "200 OK", exposed(look()).encode()
    except LifecycleError as error:
        return "503 Service Unavailable", f"{error.message}\n".encode()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing: a line for each look would be one a minute for ever."""


def _one(registry: CollectorRegistry, name: str, words: str, value: float) -> None:
    Gauge(f"kmop_{name}", words, registry=registry).set(value)


def _each(
    registry: CollectorRegistry, name: str, words: str, label: str, values: Mapping[str, int]
) -> None:
    gauge = Gauge(f"kmop_{name}", words, [label], registry=registry)
    for value, count in values.items():
        gauge.labels(value).set(count)
