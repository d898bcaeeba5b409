"""What is said of one notice in its reader's language: facts, greeting, duty, date, sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from kmop_lifecycle.adapters.calendar_files import Entry
from kmop_lifecycle.adapters.notice_plan import Kept, reference
from kmop_lifecycle.adapters.words import (
    TEMPLATES,
    label,
    long_date,
    phrase,
    short_date,
    tidy,
    word,
    words,
)
from kmop_lifecycle.domain.case import Case, Notice, Party
from kmop_lifecycle.domain.lifecycle import Role, State
from kmop_lifecycle.domain.rulebook import Session
from kmop_lifecycle.domain.turn import papers_missing
from kmop_lifecycle.service.ports import Recipient

_SESSIONS = 3
Turn = Callable[[Case], Role | None]
Texts = dict[str, Any]


class NoticeWords:
    """Short plain texts about a notice; names in them come from strangers."""

    def __init__(
        self,
        *,
        turn: Turn,
        sender_name: str,
        reply_to: str,
        sessions: tuple[Session, ...] = (),
        directory: Path = TEMPLATES,
    ) -> None:
        self._turn = turn
        self._sender, self._reply_to = tidy(sender_name), tidy(reply_to)
        self._sessions, self._where = sessions, directory

    def _layout(self, language: str) -> Mapping[str, str]:
        layout: Mapping[str, str] = word(words("notices", language, self._where), "layout")
        return layout

    def _facts(
        self, notice: Notice, case: Case, party: Party | None, kept: Kept | None, language: str
    ) -> dict[str, str]:
        """Return what the phrases may use: short plain texts."""
        layout = self._layout(language)

        def names(kind: str, keys: Iterable[str]) -> str:
            *most, last = [label(kind, key, language, self._where) for key in keys] or [""]
            return f"{', '.join(most)} {layout['and']} {last}" if most else last

        return {
            "number": tidy(case.number, 40),
            "provider": tidy(party.name if party else "") or layout["someone"],
            "bureau": tidy(case.bureau, 60),
            "services": names("service", sorted(case.services, reverse=True)),
            "kind": label("kind", case.kind, language, self._where),
            "missing": names("paper", papers_missing(case) or ("nothing",)),
            "anchor": long_date(notice.anchor_on, language),
            "anchor_day": short_date(notice.anchor_on, language),
            "day": short_date(kept.on, language) if kept else "",
        }

    def _frame(
        self,
        notice: Notice,
        case: Case,
        recipient: Recipient,
        facts: dict[str, str],
        language: str,
    ) -> Texts:
        """Return everything around the notice itself: greeting, headings, whose turn, contact."""
        layout, name, now = self._layout(language), tidy(recipient.name, 80), self._turn(case)
        role = label("role", notice.role, language, self._where)
        headings = {key: layout[key] for key in ("what", "todo", "when", "why", "turn")}
        if now is None:
            turn = layout["turn_nobody"]
        elif now is notice.role:
            turn = layout["turn_you"]
        else:
            turn = phrase(layout["turn_other"], role=label("role", now, language, self._where))
        return headings | {
            "language": language,
            "sessions_title": layout["sessions"],
            "greeting": phrase(layout["greeting"], name=name)
            if name
            else layout["greeting_nameless"],
            "turn_now": turn,
            "number": facts["number"],
            "contact": phrase(layout["contact"], sender=self._sender, reply_to=self._reply_to),
            "questions": phrase(layout["questions"], sender=self._sender, reply_to=self._reply_to),
            "because": phrase(layout["because"], number=facts["number"], role=role),
            "reference_line": phrase(
                layout["reference"], number=facts["number"], reference=reference(notice)
            ),
        }

    def _doing(
        self,
        notice: Notice,
        case: Case,
        own: Mapping[str, str],
        facts: dict[str, str],
        language: str,
    ) -> str:
        """Say what this reader can do: a reminder's own words, after a step what the turn asks."""
        layout = self._layout(language)
        if notice.ladder != "step":
            return phrase(own.get(notice.role, layout["nothing"]), **facts)
        if self._turn(case) is not notice.role:
            return layout["nothing"]
        duties = word(words("notices", language, self._where), "duty")
        # In a follow-up audit too, open measures are what the provider has to answer.
        stands = State.CORRECTIVE_ACTION if case.audit.measures_open else case.state
        return phrase(
            duties.get(f"{notice.role}.{stands}") or word(duties, f"{notice.role}.*"), **facts
        )

    def _until(self, kept: Kept | None, today: date, language: str) -> str:
        layout = self._layout(language)
        if kept is None:
            return layout["no_date"]
        says = kept.says if kept.on >= today else f"{kept.says}_passed"
        return phrase(layout[says], date=long_date(kept.on, language))

    def _next_sessions(self, notice: Notice, today: date) -> list[Session]:
        if notice.ladder != "preparation":
            return []
        coming = sorted((s for s in self._sessions if s.on >= today), key=lambda s: s.on)
        return coming[:_SESSIONS]

    def _session_line(self, one: Session, language: str) -> tuple[str, str]:
        said = _session(one, language)
        return phrase(self._layout(language)["session"], **said), said["link"]

    def _session_entry(self, one: Session, language: str) -> Entry:
        said = _session(one, language)
        uid = f"session-{hashlib.sha256(repr(one).encode()).hexdigest()[:16]}"
        title = phrase(self._layout(language)["session_entry"], organiser=said["organiser"])
        place = said["place"]
        return Entry(uid, one.on, title, place, link=said["link"], place=place)


def _session(one: Session, language: str) -> dict[str, str]:
    link = tidy(one.link, 300)
    return {
        "date": long_date(one.on, language),
        "place": tidy(one.place),
        "organiser": tidy(one.organiser),
        "link": link if link.startswith(("https://", "http://")) else "",
    }
