"""Calendar files: all-day entries that a later file moves or takes away instead of doubling."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from filecmp import cmp
from pathlib import Path
from tempfile import NamedTemporaryFile

from icalendar import (
    Alarm,
    Calendar,
    Component,
    Event,
    vCalAddress,
    vDate,
    vDatetime,
    vDuration,
    vInt,
    vText,
    vUri,
)

_DAY = timedelta(days=1)
_OCTETS = 74  # and one more for the space that a folded line begins with
_ESCAPES = (b"\\", b"^")
_FAR = timedelta(days=60)
_EARLY, _LATE = (
    timedelta(days=30),
    timedelta(days=3),
)  # how long before a far or a near date to ring


@dataclass(frozen=True, slots=True)
class Entry:
    """One whole day to keep; `uid` stays the same when the day moves, `sequence` rises."""

    uid: str
    on: date
    title: str
    text: str
    sequence: int = 0
    link: str = ""
    place: str = ""
    cancelled: bool = False  # the day that was to be kept under this uid is no more
    stamp: date | None = None  # since when it is so; today if not said


def calendar_file(entries: Iterable[Entry], today: date, organiser: str = "") -> bytes | None:
    """Write the .ics file of a mail; None when there is nothing to write.

    A file that only takes days away says so as a whole (`METHOD:CANCEL`); a file has one method,
    so in a mixed one each such entry says it by itself. Both want an organiser (RFC 5546).
    """
    listed = list(entries)
    if not listed:
        return None
    calendar = _calendar()
    calendar.add("method", "CANCEL" if all(e.cancelled for e in listed) else "PUBLISH")
    for entry in listed:
        event = _event(entry, today)
        if organiser:
            event["organizer"] = vCalAddress(f"mailto:{organiser}")
        calendar.add_component(event)
    return written(calendar)


def written(component: Component) -> bytes:
    """Return a component as its file says it: the bytes of its own `to_ical`, in half the time.

    That walks every line letter by letter to fold it; most lines are short and need no fold.
    """
    lines = component.content_lines(sorted=False)
    return b"".join(_folded(line) for line in lines if line)


def _folded(line: str) -> bytes:
    """Break a line so that none has more than 75 octets, within no letter and no escape (§3.1)."""
    left, pieces = line.encode(), list[bytes]()
    while len(left) > _OCTETS:
        end = _OCTETS
        while 0x80 <= left[end] < 0xC0:  # inside a letter of several octets  # noqa: PLR2004
            end -= 1
        if left[end - 1 : end] in _ESCAPES:
            end -= 1
        pieces.append(left[:end])
        left = left[end:]
    return b"\r\n ".join((*pieces, left)) + b"\r\n"


def keep_feed(path: Path, name: str, entries: Iterable[Entry], today: date) -> tuple[int, bool]:
    """Write a feed, entry by entry; return how many days it holds and whether the file is new.

    A reader finds the old file or the new one, never half of one. A file that says the same
    already is left alone, so that its time tells when something changed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".ics", delete=False) as room:
        made = Path(room.name)
        try:
            count = 0
            head, _, tail = _feed_head(name).to_ical().rpartition(b"END:VCALENDAR")
            room.write(head)
            for entry in entries:
                count += not entry.cancelled
                room.write(written(_event(entry, today)))
            room.write(b"END:VCALENDAR" + tail)
            room.close()
            made.chmod(0o644)  # a feed is there to be served; the temporary file was ours alone
            if path.is_file() and cmp(made, path, shallow=False):
                return count, False
            os.replace(made, path)  # noqa: PTH105  # the same, and says what it is for
            return count, True
        finally:
            made.unlink(missing_ok=True)


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//kmop-lifecycle//NONSGML//EN")
    calendar.add("version", "2.0")
    return calendar


def _feed_head(name: str) -> Calendar:
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)  # what calendars read that do not know RFC 7986 yet
    calendar.add("refresh-interval", _DAY, parameters={"VALUE": "DURATION"})
    return calendar


def _event(entry: Entry, today: date) -> Event:
    """Return an entry as an event; its values are given ready, which `add` would work out."""
    event = Event(
        uid=vText(f"{entry.uid}@kmop-lifecycle"),
        dtstamp=vDatetime(datetime.combine(entry.stamp or today, time(), UTC)),
        sequence=vInt(entry.sequence),
        dtstart=_whole(entry.on),
        dtend=_whole(entry.on + _DAY),  # exclusive
        summary=vText(entry.title),
        description=vText(entry.text),
        transp=vText("TRANSPARENT"),  # a date to keep does not make the day busy
    )
    if entry.place:
        event["location"] = vText(entry.place)
    if entry.link:
        event["url"] = vUri(entry.link)
    if entry.cancelled:
        event["status"] = vText("CANCELLED")
    else:
        event.add_component(_alarm(entry, today))
    return event


def _whole(day: date) -> vDate:
    value = vDate(day)
    value.params["VALUE"] = "DATE"  # else a reader takes it for a moment
    return value


def _alarm(entry: Entry, today: date) -> Alarm:
    before = _EARLY if entry.on - today > _FAR else _LATE
    return Alarm(
        action=vText("DISPLAY"), description=vText(entry.title), trigger=vDuration(-before)
    )
