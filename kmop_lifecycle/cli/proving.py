"""Prove a register with several processes, each a span of cases at a time."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import cache
from multiprocessing import get_context

from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.verify import SPAN, Span, Spans, VerifyReport, verify_span


def spread_over(jobs: int | None, cases: int) -> Spans | None:
    """Return what proves with so many processes; None where one, this one, is as good."""
    useful = min(jobs or os.cpu_count() or 1, -(-cases // SPAN))
    if useful < 2 or not bootstrap.shared():  # noqa: PLR2004  # one process is this one
        return None

    def spread(spans: Iterator[Span], today: date) -> Iterator[VerifyReport]:
        pool = ProcessPoolExecutor(useful, mp_context=get_context("spawn"), initializer=_quiet)
        try:
            yield from _in_order(pool, useful, spans, today)
        except BrokenProcessPool:
            raise LifecycleError(
                "a process that proved a part of the register was ended from outside",
                hint="run it again; with --jobs 1 it needs the least memory",
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)

    return spread


def _in_order(
    pool: ProcessPoolExecutor, jobs: int, spans: Iterator[Span], today: date
) -> Iterator[VerifyReport]:
    """Keep every process busy and no more: what is found waits for the spans before it."""
    running: deque[Future[VerifyReport]] = deque()
    for span in spans:
        running.append(pool.submit(_proved, span, today))
        if len(running) > 2 * jobs:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _quiet() -> None:
    """Leave Ctrl-C to the process that was asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _proved(span: Span, today: date) -> VerifyReport:
    return verify_span(_house(), span, today)


@cache
def _house() -> House:
    return bootstrap.house()
