"""Notices become messages: which words, which date, in the reader's language.

Names come from strangers. They are filled into phrases as text and the result is escaped by the
HTML layout; nothing that was filled in is ever read as a template again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kmop_lifecycle.adapters.calendar_files import Entry, calendar_file
from kmop_lifecycle.adapters.notice_plan import (
    Kept,
    entry_of,
    kept_date,
    reference,
)
from kmop_lifecycle.adapters.sentences import explain
from kmop_lifecycle.adapters.words import (
    TEMPLATES,
    label,
    long_date,
    phrase,
    read,
    short_date,
    spoken,
    tidy,
    word,
    words,
)
from kmop_lifecycle.domain.case import Case, Notice, Party
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import Role, State
from kmop_lifecycle.domain.rulebook import Session
from kmop_lifecycle.domain.turn import papers_missing
from kmop_lifecycle.service.ports import Message, Recipient

_SUBJECT = 70
_SESSIONS = 3
Turn = Callable[[Case], Role | None]
Why = Callable[[Case, Notice, date], tuple[Derived, ...]]
Texts = dict[str, Any]


class JinjaRenderer:
    """Turn a notice into subject, text, HTML and calendar file."""

    def __init__(
        self,
        *,
        turn: Turn,
        why: Why,
        sender_name: str,
        reply_to: str,
        sessions: tuple[Session, ...] = (),
        directory: Path = TEMPLATES,
    ) -> None:
        self._turn, self._why = turn, why
        self._sender, self._reply_to = tidy(sender_name), tidy(reply_to)
        self._sessions, self._where = sessions, directory
        self._plan = read(directory / "plan.toml")

    def render(
        self, notice: Notice, case: Case, party: Party | None, recipient: Recipient, today: date
    ) -> Message:
        """Return subject, text, HTML and calendar entry."""
        language = spoken(recipient.language)
        entry, dates = entry_of(notice, case, self._plan), self._why(case, notice, today)
        kept = kept_date(word(self._plan, "dates", entry), notice, dates)
        sessions = self._next_sessions(notice, today)
        facts = self._facts(notice, case, party, kept, language)
        own = word(words("notices", language, self._where), *entry.split("."))
        title = phrase(word(own, "subject"), **facts)
        texts = self._frame(notice, case, recipient, facts, language)
        texts |= {
            "subject": _subject(title, case.number),
            "title": title,
            "happened": phrase(word(own, "happened"), **facts),
            "doing": self._doing(notice, case, own, facts, language),
            "until": self._until(kept, today, language),
            "reasons": tuple(explain(derived, language, self._where) for derived in dates),
            "sessions": tuple(self._session_line(one, language) for one in sessions),
        }
        entries = self._date_entry(case, kept, texts, today)
        entries += [self._session_entry(one, language) for one in sessions]
        return Message(
            subject=texts["subject"],
            text=_layouts(self._where).get_template("mail.txt.j2").render(texts),
            html=_layouts(self._where).get_template("mail.html.j2").render(texts),
            calendar=calendar_file(entries, today),
            headers={"X-KMOP-Notice": reference(notice), "Auto-Submitted": "auto-generated"},
        )

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
            "contact": phrase(layout["contact"], sender=self._sender, reply_to=self._reply_to),
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

    def _date_entry(self, case: Case, kept: Kept | None, texts: Texts, today: date) -> list[Entry]:
        """Return the calendar entry of the date to keep, while it is still to come."""
        if kept is None or kept.on < today:
            return []
        # The date's own name, not the ladder's: a step and a reminder move one entry.
        uid = f"{case.number}-{kept.name}"
        text = f"{texts['happened']}\n{texts['doing']}\n{texts['contact']}"
        return [Entry(uid, kept.on, texts["subject"], text, case.version)]

    def _session_line(self, one: Session, language: str) -> tuple[str, str]:
        said = _session(one, language)
        return phrase(self._layout(language)["session"], **said), said["link"]

    def _session_entry(self, one: Session, language: str) -> Entry:
        said = _session(one, language)
        uid = f"session-{hashlib.sha256(repr(one).encode()).hexdigest()[:16]}"
        title = phrase(self._layout(language)["session_entry"], organiser=said["organiser"])
        place = said["place"]
        return Entry(uid, one.on, title, place, link=said["link"], place=place)


@cache
def _layouts(where: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(where),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


def _session(one: Session, language: str) -> dict[str, str]:
    link = tidy(one.link, 300)
    return {
        "date": long_date(one.on, language),
        "place": tidy(one.place),
        "organiser": tidy(one.organiser),
        "link": link if link.startswith(("https://", "http://")) else "",
    }


def _subject(title: str, number: str) -> str:
    tail = f" · {tidy(number, 40)}"
    return tidy(title, _SUBJECT - len(tail)) + tail
