"""The four boards: what needs a hand, how the work flows, what comes, what is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kmop_lifecycle.adapters.boards.pictures import bars, stacked
from kmop_lifecycle.adapters.boards.setting import Setting
from kmop_lifecycle.adapters.sentences import explain, length_in_words
from kmop_lifecycle.domain.calendar import Period
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.service.boards import COMING, Boards, Clock
from kmop_lifecycle.service.outbox import Delivery
from kmop_lifecycle.service.overview import Standing

_MONTHS = 24


def today(boards: Boards, s: Setting) -> str:
    """Write what needs a hand, the most urgent first."""
    columns = ("date", "case", "stands", "step", "why")  # few: the UI leaves them little room
    rows = (_hand(standing, s) for standing in boards.hands.rows)
    count, shown = boards.hands.total, len(boards.hands.rows)
    more = s.say("lead", "today_more", shown=shown) if count > shown else ""
    lead = f"{_as_of(boards, s)} {s.say('lead', 'today', count=count)} {more}".strip()
    return s.page(s.say("title", "today"), lead, s.table(columns, rows))


def _hand(standing: Standing, s: Setting) -> tuple[object, ...]:
    card, case = standing.card, standing.card.case
    derived = standing.deadline
    late = f" **{s.say('word', 'overdue')}**" if card.overdue else ""
    return (
        s.day(derived.on if derived else None) + late,
        f"{s.case_link(case.number)} {s.provider(case, standing.name)}",
        f"{s.label('state', case.state)}: {s.role(card.turn)}",
        s.step_link(standing.step, case.number),
        _why(derived, s),
    )


def _why(derived: Derived | None, s: Setting) -> str:
    """Say where a date comes from; which rule says so stands on the case page."""
    return explain(derived, s.language, s.where).partition("; ")[0] if derived else "-"


def pipeline(boards: Boards, s: Setting) -> str:
    """Write how many cases stand where, and how long the way takes."""
    named = {s.label("state", stage.state): stage.cases for stage in boards.stages}
    rows = (
        (s.label("state", g.state), g.cases, _number(g.median_days), g.overdue or "-")
        for g in boards.stages
    )
    clocks = s.table(
        ("clock", "aim", "median", "measured"), (_clock(clock, s) for clock in boards.clocks)
    )
    return s.page(
        s.say("title", "pipeline"),
        f"{_as_of(boards, s)} {s.say('lead', 'pipeline')}",
        s.table(("state", "cases", "days", "overdue"), rows),
        bars(named, s.say("title", "pipeline")) if named else "",
        s.section("clocks", clocks),
    )


def _clock(clock: Clock, s: Setting) -> tuple[object, ...]:
    middle = clock.median
    bounds = {"from": _length(clock.window.min, s), "until": _length(clock.window.max, s)}
    days = s.say("word", "days", count=_number(middle)) if middle is not None else "-"
    return s.say("clock", clock.name), s.say("word", "window", **bounds), days, clock.cases


def _length(period: Period, s: Setting) -> str:
    return length_in_words(str(period), s.language, s.where)


def calendar(boards: Boards, s: Setting) -> str:
    """Write the visits, follow-ups and expiries of the next 24 months."""
    months = [*_months(boards.today)]
    series = {
        s.say("date", name): [boards.months.get((name, month), 0) for month in months]
        for name in COMING
    }
    rows = (
        (
            s.day(one.date.on),
            s.say("date", one.date.name),
            s.case_link(one.standing.number),
            s.provider(one.standing.card.case, one.standing.name),
            s.role(one.standing.card.turn),
        )
        for one in boards.coming.rows
    )
    listed = s.table(("date", "what", "case", "provider", "turn"), rows)
    return s.page(
        s.say("title", "calendar"),
        f"{_as_of(boards, s)} {s.say('lead', 'calendar', count=boards.coming.total)}",
        stacked([f"{month:%Y-%m}" for month in months], series, s.say("title", "calendar")),
        s.section("next", listed, count=len(boards.coming.rows)),
    )


def _months(today: date) -> Iterator[date]:
    for n in range(_MONTHS + 1):
        years, month = divmod(today.month - 1 + n, 12)
        yield date(today.year + years, month + 1, 1)


def deliveries(boards: Boards, s: Setting) -> str:
    """Write what became of the notices, and what is stuck."""
    desk = boards.desk
    stops = [f"- {switch.name}: {s.day(switch.since.date())}" for switch in desk.switches]
    shut = [f"- {channel.name}" for channel in desk.channels]
    columns = ("due", "case", "notice", "to", "outcome", "attempts", "answer")
    return s.page(
        s.say("title", "deliveries"),
        f"{_as_of(boards, s)} {s.say('lead', 'deliveries')}",
        s.section("switches", "\n".join(stops)) if stops else "",
        s.section("channels", "\n".join(shut)) if shut else "",
        s.counted("outcome", boards.outcomes, "outcome"),
        s.section("stuck", s.table(columns, (_stuck(row, s) for row in desk.rows))),
    )


def _stuck(row: Delivery, s: Setting) -> tuple[object, ...]:
    notice = row.notice
    return (
        s.day(notice.due_on),
        s.case_link(notice.case),
        f"{s.label('ladder', notice.ladder)} `{notice.rung}`",
        notice.recipient,
        s.say("outcome", row.status),
        row.attempts,
        row.answer[:3] if row.answer[:3].isdigit() else "-",  # the rest may name an address
    )


def _as_of(boards: Boards, s: Setting) -> str:
    return s.say("lead", "as_of", date=s.day(boards.today))


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
