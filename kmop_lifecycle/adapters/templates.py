"""Notices become messages: which words, which date, in the reader's language.

Names come from strangers. They are filled into phrases as text and the result is escaped by the
HTML layout; nothing that was filled in is ever read as a template again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kmop_lifecycle.adapters.calendar_files import Entry, calendar_file
from kmop_lifecycle.adapters.dates_gone import Gone
from kmop_lifecycle.adapters.mail_entries import gone_entries, kept_entry
from kmop_lifecycle.adapters.notice_plan import entry_of, kept_date, reference
from kmop_lifecycle.adapters.notice_words import NoticeWords, Texts, Turn
from kmop_lifecycle.adapters.sentences import explain
from kmop_lifecycle.adapters.words import (
    TEMPLATES,
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
from kmop_lifecycle.domain.rulebook import Session
from kmop_lifecycle.service.ports import Message, Recipient

_SUBJECT = 70
_REFERENCES = 50
_TAIL = " · KMO-portefeuille"
Why = Callable[[Case, Notice, date], tuple[Derived, ...]]
Ended = Callable[[Case, Notice, date], tuple[Gone, ...]]
Item = tuple[Notice, Case, Party | None]


class JinjaRenderer(NoticeWords):
    """Turn a notice into subject, text, HTML and calendar file."""

    def __init__(
        self,
        *,
        turn: Turn,
        why: Why,
        gone: Ended = lambda *_: (),
        sender_name: str,
        reply_to: str,
        sessions: tuple[Session, ...] = (),
        directory: Path = TEMPLATES,
    ) -> None:
        super().__init__(
            turn=turn,
            sender_name=sender_name,
            reply_to=reply_to,
            sessions=sessions,
            directory=directory,
        )
        self._why, self._gone = why, gone
        self._plan = read(directory / "plan.toml")

    def render(
        self, notice: Notice, case: Case, party: Party | None, recipient: Recipient, today: date
    ) -> Message:
        """Return subject, text, HTML, chat text and calendar entry."""
        texts, entries = self._told(notice, case, party, recipient, today)
        texts["chatting"] = _chats(recipient)
        return self._message("mail", "chat", texts, entries, [notice], today)

    def digest(self, items: Sequence[Item], recipient: Recipient, today: date) -> Message:
        """Return several notices for one reader as one message, the soonest date first."""
        told = [(item[0], *self._told(*item, recipient, today)) for item in items]
        told.sort(key=lambda one: (one[1]["kept_on"] is None, one[1]["kept_on"] or today))
        language = spoken(recipient.language)
        layout = self._layout(language)
        coming = [day for _, one, _ in told if (day := one["kept_on"]) and day >= today]
        title = _digest_title(layout, len(told), short_date(coming[0], language) if coming else "")
        texts = {key: told[0][1][key] for key in ("language", "greeting", "contact", "questions")}
        texts |= {
            "subject": tidy(title, _SUBJECT - len(_TAIL)) + _TAIL,
            "title": title,
            "intro": layout["digest_intro"],
            "details": layout["digest_details"],
            "items": [one for _, one, _ in told],
            "chatting": _chats(recipient),
        }
        entries = [entry for _, _, some in told for entry in some]
        notices = [notice for notice, _, _ in told]
        return self._message("digest", "digest_chat", texts, entries, notices, today)

    def _message(
        self,
        layout: str,
        chat: str,
        texts: Texts,
        entries: Iterable[Entry],
        notices: Iterable[Notice],
        today: date,
    ) -> Message:
        def laid_out(name: str) -> str:
            return str(_layouts(self._where).get_template(f"{name}.j2").render(texts))

        newest: dict[str, Entry] = {}
        for entry in entries:
            known = newest.get(entry.uid)
            if known is None or entry.sequence > known.sequence:
                newest[entry.uid] = entry
        return Message(
            subject=texts["subject"],
            text=laid_out(f"{layout}.txt"),
            html=laid_out(f"{layout}.html"),
            # Some chats read Markdown: what somebody gave as a name must not hide a link.
            chat=laid_out(f"{chat}.txt").replace("](", "] (").strip() if texts["chatting"] else "",
            calendar=calendar_file(newest.values(), today, self._reply_to),
            headers={"X-KMOP-Notice": _references(notices), "Auto-Submitted": "auto-generated"},
        )

    def _told(
        self, notice: Notice, case: Case, party: Party | None, recipient: Recipient, today: date
    ) -> tuple[Texts, list[Entry]]:
        """Return all that is said of one notice, and the dates that go with it."""
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
            "kept_on": kept.on if kept else None,
            "happened": phrase(word(own, "happened"), **facts),
            "doing": self._doing(notice, case, own, facts, language),
            "until": self._until(kept, today, language),
            "reasons": tuple(explain(derived, language, self._where) for derived in dates),
            "sessions": tuple(self._session_line(one, language) for one in sessions),
        }
        about = f"{texts['happened']}\n{texts['doing']}\n{texts['contact']}"
        entries = kept_entry(case, kept, texts["subject"], about, today)
        gone = self._gone(case, notice, today)
        entries += gone_entries(case, gone, texts["happened"], language, today)
        entries += [self._session_entry(one, language) for one in sessions]
        return texts, entries


@cache
def _layouts(where: Path) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(where),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        auto_reload=False,  # else every mail asks the disk seven times
    )


def _subject(title: str, number: str) -> str:
    tail = f" · {tidy(number, 40)}"
    return tidy(title, _SUBJECT - len(tail)) + tail


def _chats(recipient: Recipient) -> bool:
    """Tell whether a reader may get the short text: a mailbox never shows it."""
    return "@" not in recipient.address or "://" in recipient.address


def _digest_title(layout: Mapping[str, str], count: int, day: str) -> str:
    """Say how many matters there are, and the first date to keep: it must not hide in the text."""
    if day:
        return phrase(layout["digest_subject_dated"], count=str(count), day=day)
    return phrase(layout["digest_subject"], count=str(count))


def _references(notices: Iterable[Notice]) -> str:
    """Write a header that fits one line of a mail; each reference stands in the text too."""
    found = [reference(notice) for notice in notices]
    more = [f"+{len(found) - _REFERENCES}"] if len(found) > _REFERENCES else []
    return ", ".join((*found[:_REFERENCES], *more))
