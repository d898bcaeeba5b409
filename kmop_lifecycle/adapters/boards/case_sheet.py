"""The page on one case: facts, timeline, what may happen now, dates, history, notices."""

from __future__ import annotations

from collections.abc import Iterator

from kmop_lifecycle.adapters.boards.pictures import Mark, timeline
from kmop_lifecycle.adapters.boards.setting import Setting
from kmop_lifecycle.adapters.sentences import date_name, explain
from kmop_lifecycle.domain.lifecycle import CLOCK, PREPARING, STEPS, Trigger
from kmop_lifecycle.domain.render import mermaid
from kmop_lifecycle.domain.turn import next_step, papers_missing
from kmop_lifecycle.service.queries import File

_WINDOWS = (("visit_from", "visit_until"), ("lead_from", "lead_until"))
_PLANNED = ("visit_on", "measures_due", "two_year_on", "valid_until")


def sheet(file: File, s: Setting) -> str:
    """Write the page."""
    case = file.card.case
    steps = " · ".join(s.step_link(trigger, case.number) for trigger in possible(file))
    return s.page(
        f"{s.say('title', 'case', number=case.number)}: {s.label('state', case.state)}",
        facts(file, s),
        s.section("steps", steps or s.say("word", "none")),
        s.section("timeline", _picture(file, s)),
        s.section("dates", s.table(("date", "what", "why"), _dates(file, s))),
        s.section(
            "history", s.table(("on", "what", "state", "by", "warnings"), _history(file, s))
        ),
        s.section("notices", s.table(("due", "notice", "to", "outcome"), _notices(file, s))),
        f"```mermaid\n{mermaid(case.state)}```",
    )


def facts(file: File, s: Setting) -> str:
    """Write what is to be known of a case in a few lines."""
    return s.table(("field", "value"), _facts(file, s))


def possible(file: File) -> list[Trigger]:
    """Return the steps that people may take from here, the awaited one first."""
    case, clock = file.card.case, dict(CLOCK)
    found = [
        step.trigger
        for step in STEPS
        if case.state in step.sources
        and (step.trigger not in clock or step.trigger is Trigger.OPEN_FOLLOW_UP)
    ]
    awaited = next_step(case)
    return list(dict.fromkeys([*([awaited] if awaited else []), *found]))


def _facts(file: File, s: Setting) -> Iterator[tuple[str, object]]:
    card, case = file.card, file.card.case
    known = {
        "state": f"{s.label('state', case.state)} (`{case.state}`)",
        "turn": s.role(card.turn),
        "next": f"{s.day(card.next.on)}: {explain(card.next, s.language, s.where)}"
        if card.next and card.turn
        else "",
        "overdue": ", ".join(s.say("clock", clock) for clock in card.overdue),
        "missing": ", ".join(s.label("paper", paper) for paper in papers_missing(case))
        if case.state in PREPARING
        else "",
        "kind": s.label("kind", case.kind),
        "services": "; ".join(
            f"{s.label('service', service)}: {', '.join(themes)}"
            for service, themes in case.services.items()
        ),
        "bureau": case.bureau,
        "applied_on": s.day(case.applied_on),
        "visit": s.day(case.audit.visit_on) if case.audit.visit_on else "",
        "verdict": case.audit.verdict,
        "paused": case.paused_days(card.today) or "",
        "validity": f"{s.day(held.valid_from)} - {s.day(held.valid_until)}"
        if (held := case.registration)
        else "",
        "renews": s.case_link(case.renews) if case.renews else "",
        "version": case.version,
    }
    yield s.say("column", "provider"), s.provider(case, file.name)
    for name, value in known.items():
        if value:
            yield s.say("fact", name), str(value).replace("|", "/")


def _picture(file: File, s: Setting) -> str:
    dates = {derived.name: derived.on for derived in file.card.dates}

    def name(date: str) -> str:
        return date_name(date, s.language, s.where)

    planned = [
        Mark(f"{s.say('clock', clock)}", dates[start], dates[end])
        for clock, (start, end) in zip(("waiting", "lead_time"), _WINDOWS, strict=True)
        if start in dates and end in dates
    ]
    planned += [Mark(name(date), dates[date]) for date in _PLANNED if date in dates]
    real = [Mark(s.label("trigger", row.event.trigger), row.event.on) for row in file.history]
    now = Mark(s.say("word", "today"), file.card.today)
    rows = (s.say("word", "planned"), s.say("word", "real"))
    return timeline(planned, real, now, rows, s.say("section", "timeline"))


def _dates(file: File, s: Setting) -> Iterator[tuple[object, ...]]:
    for derived in file.card.dates:
        why = explain(derived, s.language, s.where).replace("|", "/")
        yield s.day(derived.on), date_name(derived.name, s.language, s.where), why


def _history(file: File, s: Setting) -> Iterator[tuple[object, ...]]:
    for row in file.history:
        event = row.event
        what = f"{s.label('trigger', event.trigger)} (`{event.trigger}`)"
        yield (
            s.day(event.on),
            what,
            s.label("state", event.to),
            event.by,
            ", ".join(event.warnings),
        )


def _notices(file: File, s: Setting) -> Iterator[tuple[object, ...]]:
    for row in file.notices:
        notice = row.notice
        what = f"{s.label('ladder', notice.ladder)} `{notice.rung}`"
        yield s.day(notice.due_on), what, notice.recipient, s.say("outcome", row.status)
