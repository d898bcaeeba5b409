"""What every page is set in: its language, its links, its tables, and whether names are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from kmop_lifecycle.adapters.words import TEMPLATES, label, phrase, short_date, tidy, word, words
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.lifecycle import Role, Trigger

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#~!])")


class Links(Protocol):
    """Where things are in the scheduler's pages."""

    def board(self, name: str) -> str:
        """Return the address of a board."""

    def case(self, number: str) -> str:
        """Return the address of a case page."""

    def form(self, trigger: Trigger, case: str) -> str:
        """Return the address of a step's form with the case filled in; empty if it has none."""


def safe(text: object) -> str:
    """Write what strangers wrote so that it is text and nothing else."""
    return _MARKUP.sub(r"\\\1", tidy(str(text)))


@dataclass(frozen=True, slots=True)
class Setting:
    """The language of a page and all it says in it."""

    language: str
    links: Links
    show_names: bool = False
    where: Path = TEMPLATES

    def say(self, *keys: str, **values: object) -> str:
        """Return words of the boards."""
        found: Any = word(words("boards", self.language, self.where), *keys)
        return phrase(found, **{key: str(value) for key, value in values.items()})

    def label(self, kind: str, key: str) -> str:
        """Return the name of a state, role, kind, service, trigger, ladder or paper."""
        return label(kind, key, self.language, self.where)

    def day(self, day: date | None) -> str:
        """Write a date, short."""
        return short_date(day, self.language) if day else "-"

    def role(self, role: Role | None) -> str:
        """Say whose turn it is."""
        return self.label("role", role) if role else self.say("word", "nobody")

    def case_link(self, number: str) -> str:
        """Name a case and link to its page."""
        return f"[{number}]({self.links.case(number)})"

    def step_link(self, trigger: Trigger | None, case: str) -> str:
        """Name a step and link to its form with the case filled in."""
        address = self.links.form(trigger, case) if trigger else ""
        return f"[{trigger}]({address})" if address else str(trigger or "-")

    def provider(self, case: Case, name: str) -> str:
        """Name the provider: by number, and by name only where the settings say so."""
        return f"{case.enterprise} {safe(name)}" if self.show_names and name else case.enterprise

    def heading(self, columns: Sequence[str]) -> list[str]:
        """Name columns."""
        return [self.say("column", column) for column in columns]

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
        """Write a table, or that there is nothing in it."""
        lines = [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
        if not lines:
            return self.say("word", "none")
        head = f"| {' | '.join(self.heading(columns))} |"
        return "\n".join([head, "|" + "---|" * len(columns), *lines])

    def counted(self, column: str, counts: Mapping[str, int], kind: str) -> str:
        """Write a table of counts."""
        rows = ((self.say(kind, name), count) for name, count in counts.items() if count)
        return self.table((column, "notices"), rows)

    def page(self, title: str, *blocks: str) -> str:
        """Put a page together; every page leads to all boards."""
        boards = " · ".join(
            f"[{self.say('title', name)}]({self.links.board(name)})"
            for name in ("today", "pipeline", "calendar", "deliveries")
        )
        return "\n\n".join([f"# {title}", boards, *(block for block in blocks if block)])

    def section(self, name: str, body: str, **values: object) -> str:
        """Put a heading over a part of a page."""
        return f"## {self.say('section', name, **values)}\n\n{body}"
