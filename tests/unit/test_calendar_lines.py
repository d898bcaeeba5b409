"""Lines of calendar files: the same bytes as the library's own, whatever they hold."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from kmop_lifecycle.adapters.calendar_files import written

TEXTS = st.text(st.sampled_from("aé€𝄞 \\^;,\n:" + "z"), max_size=300)


def _event(text: str) -> Calendar:
    calendar, event = Calendar(), Event()
    event.add("uid", "1")
    event.add("dtstart", date(2026, 1, 5))
    event.add("summary", text)
    event.add("description", text * 2)
    calendar.add_component(event)
    return calendar


@given(TEXTS)
def test_a_file_has_the_bytes_that_the_library_writes(text):
    assert written(_event(text)) == _event(text).to_ical(sorted=False)


@pytest.mark.parametrize("length", range(60, 240, 7))
def test_no_line_is_longer_than_the_standard_allows(length):
    lines = written(_event("é" * length)).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert len(lines) > 10
    assert b"".join(lines).decode()
