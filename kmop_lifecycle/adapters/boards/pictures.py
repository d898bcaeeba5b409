"""Pictures for the boards, drawn in memory and written into the page as a data URI."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from matplotlib.figure import Figure

_DPI = 100
_EPOCH = date(1970, 1, 1)
_INK, _PLAN, _SOFT, _REAL, _NOW = "#333333", "#c9d7f2", "#6f8fcf", "#1f4ea3", "#c0392b"
_SERIES = ("#1f4ea3", "#e0a526", "#7a9e3d", "#c0392b")


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on one day, or from one day to another."""

    what: str
    on: date
    until: date | None = None


def bars(counts: Mapping[str, int], alt: str) -> str:
    """Draw how many of each, the first on top."""
    figure = Figure(figsize=(7, 0.6 + 0.32 * len(counts)), dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    drawn = axes.barh([*counts], [*counts.values()], color=_REAL)
    axes.bar_label(drawn, padding=3, color=_INK)
    axes.invert_yaxis()
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.set_xticks([])
    return _written(figure, alt)


def stacked(columns: Sequence[str], series: Mapping[str, Sequence[int]], alt: str) -> str:
    """Draw several counts on top of each other, a column for each month."""
    figure = Figure(figsize=(9, 3.2), dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    below = [0] * len(columns)
    for (name, counts), colour in zip(series.items(), _SERIES, strict=False):
        axes.bar(range(len(columns)), counts, bottom=below, label=name, color=colour)
        below = [a + b for a, b in zip(below, counts, strict=True)]
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8, ncols=len(series))
    return _written(figure, alt)


def timeline(
    planned: Sequence[Mark], real: Sequence[Mark], today: Mark, rows: tuple[str, str], alt: str
) -> str:
    """Draw what was planned above what came of it."""
    figure = Figure(figsize=(9, 3.6), dpi=_DPI)
    axes = figure.add_axes((0.08, 0.08, 0.9, 0.9))  # laid out by hand: four times as fast
    middle = _middle([*planned, *real, today])
    for height, marks, bar, dot in ((1.5, planned, _PLAN, _SOFT), (0.0, real, _REAL, _REAL)):
        for place, mark in enumerate(sorted(marks, key=lambda each: each.on)):
            at = _days(mark.on)
            if mark.until:
                axes.barh(height, _days(mark.until) - at, left=at, height=0.18, color=bar)
            axes.plot([at], [height], "o", color=dot, markersize=5)
            lift = height + 0.18 + 0.22 * (place % 5)  # near names must not collide
            side: Any = "left" if at <= middle else "right"
            axes.annotate(mark.what, (at, lift), fontsize=7, color=_INK, ha=side)
            axes.plot([at, at], [height, lift], color=_PLAN, linewidth=0.6, zorder=0)
    axes.axvline(_days(today.on), color=_NOW, linewidth=1)
    axes.annotate(today.what, (_days(today.on), -0.4), fontsize=7, color=_NOW)
    axes.set_ylim(-0.5, 2.9)
    axes.margins(x=0.06)
    axes.set_yticks([1.5, 0.0], rows, fontsize=8)
    axes.xaxis_date()
    axes.tick_params(axis="x", labelsize=7)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return _written(figure, alt)


def _middle(marks: Sequence[Mark]) -> float:
    days = [_days(mark.on) for mark in marks]
    return (min(days) + max(days)) / 2


def _days(day: date) -> int:
    """Count days as matplotlib does."""
    return (day - _EPOCH).days


def _written(figure: Figure, alt: str) -> str:
    """Write the picture as Markdown that needs no other address."""
    room = BytesIO()
    figure.savefig(room, format="png", metadata={"Software": None})
    return f"![{alt}](data:image/png;base64,{b64encode(room.getvalue()).decode()})"
