"""The figures in Prometheus' text format."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from kmop_lifecycle.domain.errors import ConfigurationError
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
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as beside:
                beside.write(text)
            Path(name).chmod(0o644)  # read by another user, the exporter's
            Path(name).replace(file)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be written: {error.strerror}", hint="name a file in a folder of yours"
        ) from None


def _one(registry: CollectorRegistry, name: str, words: str, value: float) -> None:
    Gauge(f"kmop_{name}", words, registry=registry).set(value)


def _each(
    registry: CollectorRegistry, name: str, words: str, label: str, values: Mapping[str, int]
) -> None:
    gauge = Gauge(f"kmop_{name}", words, [label], registry=registry)
    for value, count in values.items():
        gauge.labels(value).set(count)
