"""Calendar files: all-day entries that a later message moves instead of doubling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

_DAY = timedelta(days=1)
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


def calendar_file(entries: Iterable[Entry], today: date) -> bytes | None:
    """Write an .ics file of these entries; None when there are none."""
    listed = list(entries)
    if not listed:
        return None
    calendar = Calendar()
    calendar.add("prodid", "-//kmop-lifecycle//NONSGML//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for entry in listed:
        calendar.add_component(_event(entry, today))
    return bytes(calendar.to_ical())


def _event(entry: Entry, today: date) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@kmop-lifecycle")
    event.add("dtstamp", datetime.combine(today, time(), UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.on)
    event.add("dtend", entry.on + _DAY)  # exclusive
    event.add("summary", entry.title)
    event.add("description", entry.text)
    event.add("transp", "TRANSPARENT")  # a date to keep does not make the day busy
    if entry.place:
        event.add("location", entry.place)
    if entry.link:
        event.add("url", entry.link)
    event.add_component(_alarm(entry, today))
    return event


def _alarm(entry: Entry, today: date) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", entry.title)
    alarm.add("trigger", -(_EARLY if entry.on - today > _FAR else _LATE))
    return alarm
