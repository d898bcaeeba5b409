"""Processes that start at the same moment on one database, and what each came to."""

from __future__ import annotations

import json
import multiprocessing
import os
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.service.ports import OpenUnitOfWork
from tests.killing import opened

Racer = Callable[[OpenUnitOfWork], Any]


def race(url: str, folder: Path, racers: Sequence[Racer]) -> list[Any]:
    """Run each in a process of its own; return what it gave, or the code of what it was told."""
    gate = multiprocessing.get_context("fork").Barrier(len(racers))
    children = []
    for number, racer in enumerate(racers):
        child = os.fork()
        if child == 0:
            _run(url, folder / f"racer-{number}", racer, gate)
        children.append(child)
    for child in children:
        _, status = os.waitpid(child, 0)
        assert os.WEXITSTATUS(status) == 0
    ended = [json.loads((folder / f"racer-{n}").read_text()) for n in range(len(racers))]
    assert not [told for told in ended if str(told).startswith("Traceback")], ended
    return ended


def _run(url: str, file: Path, racer: Racer, gate: Any) -> None:
    try:
        with opened(url) as engine:
            store = open_store(engine)
            gate.wait(timeout=30)
            try:
                told = racer(store)
            except LifecycleError as error:
                told = error.code
            except Exception:  # noqa: BLE001  # it must not end in silence
                told = traceback.format_exc()
        file.write_text(json.dumps(told))
        os._exit(0)
    finally:
        os._exit(1)
