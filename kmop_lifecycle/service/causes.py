"""Why each notice row is there: the event it tells of, or the date it reminds of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from kmop_lifecycle.domain.case import Case, Event
from kmop_lifecycle.domain.decide import step_keys
from kmop_lifecycle.domain.ladders import instances
from kmop_lifecycle.domain.parts import changed
from kmop_lifecycle.domain.reminders import Key
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.evidence import KeptNotice

_Anchor = tuple[str, str, str]  # ladder, anchor, its date


def unfounded(
    notices: Mapping[int, KeptNotice],
    events: Sequence[Event],
    prefixes: Sequence[Case],
    rules: RuleBook,
    *,
    dated: bool = True,
) -> Iterator[tuple[str, str]]:
    """Yield notices that nothing in the history brought about, and events that told nobody.

    Where rules were corrected for running cases (`dated` is false) a reminder's date is not
    compared: it was right when it was written.
    """
    keys = {notice.key: row for row, notice in notices.items()}
    told = {key for key in keys if key[1] == "step"}
    asked = {
        key: event.seq
        for event, after in zip(events, prefixes, strict=True)
        for key in step_keys(event, after)
    }
    for key in asked.keys() - told:
        yield f"history {asked[key]}", f"{key[4]} was not told to {key[5]} by {key[6]}"
    for key in told - asked.keys():
        yield f"notice {keys[key]}", f"no event {key[2]} {key[4]} of {key[3]} tells {key[5]}"
    reminders = {key: notices[keys[key]] for key in keys.keys() - told} if dated else {}
    for key in _without_date(reminders, prefixes, rules):
        what = f"{key[1]}:{key[4]} to {key[5]} reminds of no date that was, {key[3]}"
        yield f"notice {keys[key]}", what


def _without_date(
    reminders: Mapping[Key, KeptNotice], prefixes: Sequence[Case], rules: RuleBook
) -> set[Key]:
    """Return the reminders whose ladder never stood at their date, or never had their rung."""
    missing = set(reminders)
    until = max((notice.due_on for notice in reminders.values()), default=date.min)
    for case in reversed(prefixes):
        if not missing:
            break
        missing -= _standing(case, {(key[1], key[2], key[3]) for key in missing}, rules, until)
    return missing


def _standing(case: Case, anchors: set[_Anchor], rules: RuleBook, until: date) -> set[Key]:
    """Return the rows of ladders that stood at these dates of a case in one state.

    Whether a decision had been asked for by then, which makes a ladder shorter, is left open.
    """
    if case.audit_requested_on is not None:
        case = changed(case, audit_requested_on=None)
    return {
        key
        for instance in instances(case, rules, until)
        if (instance.ladder.name, instance.ladder.anchor, str(instance.anchor.on)) in anchors
        for _, key in instance.keys(until)
    }
