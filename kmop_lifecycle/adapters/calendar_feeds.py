"""Calendars to subscribe to, in the reader's language: one file per provider, bureau, auditor."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kmop_lifecycle.adapters.calendar_files import Entry, keep_feed
from kmop_lifecycle.adapters.sentences import date_name, explain
from kmop_lifecycle.adapters.words import TEMPLATES, label, phrase, tidy
from kmop_lifecycle.service.calendars import Audience, Day, Whose


@dataclass(frozen=True, slots=True)
class Written:
    """One feed on disk."""

    path: Path
    days: int
    changed: bool


@dataclass(frozen=True, slots=True)
class Feeds:
    """Write calendars in one language, with the firms' names beside the numbers or without."""

    language: str
    show_names: bool
    where: Path = TEMPLATES

    def write(self, folder: Path, audience: Audience, days: Iterable[Day], today: date) -> Written:
        """Write one calendar into its folder."""
        path = folder / file_name(audience)
        title = phrase(
            label("calendar", audience.whose, self.language, self.where), name=tidy(audience.key)
        )
        entries = (self._entry(day, audience.whose) for day in days)
        return Written(path, *keep_feed(path, title, entries, today))

    def _entry(self, day: Day, whose: Whose) -> Entry:
        """Name a date and say why it is that date; a firm reads no name but its own number."""
        named = self.show_names and whose is not Whose.PROVIDER
        title = f"{date_name(day.date.name, self.language, self.where)} · {tidy(day.number, 40)}"
        if named and day.provider:
            title += f" · {tidy(day.provider, 60)}"
        return Entry(
            uid=f"{day.number}-{day.date.name}",
            on=day.date.on,
            title=title,
            text=explain(day.date, self.language, self.where),
            sequence=day.version,
            cancelled=day.gone,
            stamp=day.since,  # not the day of writing: what did not change reads the same
        )


def file_name(audience: Audience) -> str:
    """Name a feed's file: of letters and digits, whatever a bureau is called."""
    if audience.whose is Whose.STAFF:
        return "staff.ics"
    plain = unicodedata.normalize("NFKD", audience.key).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    if not re.fullmatch(r"[\w -]{1,60}", audience.key):  # two of these could look alike
        slug = f"{slug}-{hashlib.sha256(audience.key.encode()).hexdigest()[:8]}".lstrip("-")
    return f"{slug}.ics"
