"""Structured logs on stderr: one line for people, one JSON object for machines; never a name."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from uuid import uuid4

import structlog
from structlog.typing import EventDict, Processor

_OURS = "kmop_lifecycle"
_SHARED: Sequence[Processor] = (
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)

# Prefect says in the environment which of its runs started this process; else each has its own id.
_RUN = os.environ.get("PREFECT__FLOW_RUN_ID") or uuid4().hex[:12]


def _run(_: object, __: str, event: EventDict) -> EventDict:
    return {**event, "run": _RUN}


_FOR_MACHINES: Sequence[Processor] = (
    *_SHARED,
    structlog.stdlib.ExtraAdder(allow={"case"}),
    _run,
)


def configure(level: str, *, json_lines: bool) -> None:
    """Send this package's log lines of a level and above to stderr; calling it twice changes none.

    Log lines hold case numbers, triggers and codes; names and addresses have no way into them. For
    machines each bears the id of its `run`, and the number of its `case` where it is about one.
    """
    last: Processor = (
        structlog.processors.JSONRenderer()
        if json_lines
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_FOR_MACHINES if json_lines else _SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )
    logger = logging.getLogger(_OURS)
    handler = next((h for h in logger.handlers if h.name == _OURS), None)
    if handler is None:
        handler = logging.StreamHandler()
        handler.name = _OURS
        logger.addHandler(handler)
    handler.setFormatter(formatter)
    logger.setLevel(level.upper())
