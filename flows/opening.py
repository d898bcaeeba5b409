"""Open a case from a form of personal data, and leave nothing personal behind in the run."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows import blocks, forget
from flows.after import shown
from flows.taking import asked_for, line
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import fire


async def opened(trigger: Trigger, given: Mapping[str, Any]) -> str:
    """Open the case, and whatever comes of it, replace the form in the run by the answer."""
    answer = "interrupted"
    try:
        house = blocks.house()
        answered = fire(house, asked_for(trigger, given))
        answer = "dry run" if answered.dry_run else answered.case
    except LifecycleError as refusal:
        answer = refusal.code
        raise
    except Exception as defect:  # noqa: BLE001 - its own text may quote the form
        raise RuntimeError(f"defect: {_place(defect)}") from None
    finally:
        await forget.this_form(answer)
    if not answered.dry_run:
        await shown(house, answered.case)
    return line(answered)


def _place(defect: Exception) -> str:
    """Say what went wrong and where, and nothing of the values it went wrong with."""
    last = traceback.extract_tb(defect.__traceback__)[-1]
    return f"{type(defect).__name__} in {last.name}, {Path(last.filename).name}:{last.lineno}"
