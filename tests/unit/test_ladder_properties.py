"""Over random lives and outages, what is sent is what the table of the specification says."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.sweep import sweep
from tests.fakes import Office
from tests.stories import adoption, application

T = Trigger
# The specification's table (§6), written down once more.
FOLLOW_UP = "-6m -4m -3m -2m -1m -14d -7d -1d +1d"
RENEWAL = f"-12m {FOLLOW_UP}"
REQUESTED = "-3m -1m -14d -7d -1d"
MEASURES = "-2m -1m -14d -3d"
PREPARATION = "+2w +25d +3m +6m +9m +11m"
Line = tuple[str, str, str]  # ladder, rung, role


def moved(day: date, by: str) -> date:
    """Return the day a rung is away: '-3m', '+25d', '+2w'."""
    count = int(by[:-1])
    if by[-1] in "dw":
        return day + timedelta(days=count * (7 if by[-1] == "w" else 1))
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass
class Told:
    """What is known of a case, in the words of the specification."""

    applied: date | None = None
    prepared: bool = False
    visit: date | None = None
    visited: bool = False
    evidence: date | None = None
    pauses: list[tuple[date, date | None]] = field(default_factory=list)
    two_years: date | None = None
    valid_until: date | None = None
    suspended: date | None = None
    measures: date | None = None
    signed: bool = False
    requested: bool = False
    renewed: bool = False
    over: bool = False

    def ladders(self, today: date) -> Iterator[tuple[str, date, dict[str, date], dict[str, str]]]:
        """Yield name, anchor, rung → day, role → first rung of each ladder that stands."""
        if self.over:
            return
        if self.applied and not self.prepared and not self.visited:
            rungs = PREPARATION.replace("+25d ", "") if self.signed else PREPARATION
            yield "preparation", self.applied, _days(self.applied, rungs), {"provider": ""}
        if self.visit and not self.visited:
            yield "visit", self.visit, _days(self.visit, "-14d -3d"), {"provider": ""}
        if self.evidence and not self.visited and not (self.visit and self.visit <= self.evidence):
            yield "evidence", self.evidence, _days(self.evidence, "-30d -7d"), {"provider": ""}
        if not self.pausing:
            yield from self._late(today)
        if self.measures and today <= self.measures:
            both = {"provider": "", "bureau:DNV": ""}
            yield "measures", self.measures, _days(self.measures, MEASURES), both
        if self.suspended and not self._ended(today):
            review = moved(self.suspended, "6m")
            yield "review", review, {"0": review}, {"authority": ""}
        yield from self._running_out(today)

    @property
    def pausing(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def paused(self, today: date) -> timedelta:
        return sum(((until or today) - since for since, until in self.pauses), timedelta())

    def _late(self, today: date) -> Iterator[tuple]:
        """Yield the bureau's ladders; paused days move them."""
        if self.applied and self.prepared and not self.visited:
            late = self.applied + timedelta(days=43) + self.paused(today)
            yield "waiting", late, _forever(late, "w", today), {"bureau:DNV": ""}
        if self.applied and (self.prepared or self.visited):
            late = moved(self.applied, "3m") + timedelta(days=1) + self.paused(today)
            heads_up = moved(self.applied, "2m") + self.paused(today)
            lead = {"heads_up": heads_up} | _forever(late, "m", today)
            yield "lead_time", late, lead, {"bureau:DNV": ""}

    def _running_out(self, today: date) -> Iterator[tuple]:
        end = self.two_years or self.valid_until
        if end is None or self.renewed:
            return
        rungs = REQUESTED if self.requested else (FOLLOW_UP if self.two_years else RENEWAL)
        if not self._ended(today):
            rungs = rungs.replace(" +1d", "")
        to = {"provider": "", "bureau:DNV": "-3m"}
        if self.two_years:
            to["authority"] = "-14d"
        yield "follow_up" if self.two_years else "renewal", end, _days(end, rungs), to

    def _ended(self, today: date) -> bool:
        end = self.two_years or self.valid_until
        return end is not None and today > end


def _days(anchor: date, rungs: str) -> dict[str, date]:
    return {rung: moved(anchor, rung) for rung in rungs.split()}


def _forever(start: date, unit: str, today: date) -> dict[str, date]:
    days = {"0": start}
    while max(days.values()) <= today:
        days[f"+{len(days)}{unit}"] = moved(start, f"{len(days)}{unit}")
    return days


@dataclass
class Oracle:
    """Which lines ought to have been sent."""

    told: Told
    seen: set[tuple[date, Line]] = field(default_factory=set)
    waiting: set[tuple[date, Line]] = field(default_factory=set)
    sent: Counter[Line] = field(default_factory=Counter)

    def _passed(self, today: date) -> tuple[set, set]:
        """Return every line whose day has come, and those of the newest rungs that hold."""
        come, holding = set(), set()
        for name, anchor, days, roles in self.told.ladders(today):
            past = {rung: day for rung, day in days.items() if day <= today}
            for rung, day in past.items():
                for role, first in roles.items():
                    if first and day < moved(anchor, first):
                        continue
                    one = (anchor, (name, rung, role))
                    come.add(one)
                    if day == max(past.values()) and not (rung[0] == "-" and today > anchor):
                        holding.add(one)
        return come, holding

    def sweep(self, today: date) -> None:
        come, holding = self._passed(today)
        self.waiting |= holding - self.seen
        self.seen |= come

    def deliver(self, today: date) -> None:
        _, holding = self._passed(today)
        self.sent.update(line for _, line in self.waiting & holding)
        self.waiting.clear()


class Life:
    """A case in a house in memory, beside what the specification says of it."""

    def __init__(self, begin: date) -> None:
        self.office, self.today = Office(), begin
        self.office.clock.set(begin)
        self.told, self.renewal, self.asked = Told(), "", begin
        self.oracle = Oracle(self.told)
        self.number = ""

    def fire(self, trigger: Trigger, by: str, case: str = "", **data: object) -> str:
        """Take a step; a refused one is no step. Return the case's number, or nothing."""
        command = Command(trigger, Actor.parse(by), case or self.number or None, data=data)
        try:
            return fire(self.office.house, command).case
        except LifecycleError:
            return ""

    def later(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.office.clock.set(self.today)

    def sweep(self) -> None:
        assert sweep(self.office.house, self.today).failed == []
        self.oracle.sweep(self.today)

    def deliver(self) -> None:
        deliver(self.office.house)
        self.oracle.deliver(self.today)

    def rows(self) -> Counter[Line]:
        with self.office.house.store(reading=True) as uow:
            rows = [d for d in uow.deliveries(self.number) if d.status == "sent"]
        found = [d.notice for d in rows if d.notice.ladder != "step"]
        return Counter((n.ladder, n.rung, n.recipient) for n in found)

    def letters(self) -> int:
        """Count what really went out beside the confirmations of steps."""
        lines = [line for _, m in self.office.notifier.sent for line in m.text.splitlines()]
        return sum(line.startswith(self.number) and " step:" not in line for line in lines)

    # what may happen to it; each keeps both sides in step
    def apply(self, *, signed: bool, proof_days: int | None = None) -> None:
        papers: dict[str, object] = {}
        if signed:
            papers["declaration_signed_on"] = self.today.isoformat()
        if proof_days is not None:
            self.told.evidence = self.today + timedelta(days=proof_days)
            until = self.told.evidence.isoformat()
            proof = {"scheme": "qfor", "number": "Q-1", "valid_until": until}
            papers |= {"kind": "exemption", "exemption": proof}
        self.number = self.fire(T.SUBMIT, "provider:acme", **application(**papers))
        self.told.applied, self.told.signed = self.today, signed

    def adopt(self, left: int) -> None:
        end = self.today + timedelta(days=left)
        dates = {"valid_from": moved(end, "-60m").isoformat(), "valid_until": end.isoformat()}
        self.number = self.fire(T.ADOPT, "admin:els", **adoption(**dates))
        self.told.valid_until = end

    def start(self, kind: str) -> None:
        more = {"kind": kind, "active_since": "2010-01-01"}
        if kind == "starter":
            more |= {"active_since": moved(self.today, "-14m").isoformat(), "kmop_files": 3}
        self.number = self.fire(T.SUBMIT, "provider:acme", **application(**more))
        assert self.audited(self.number, self.today, "pass")
        if kind == "starter":
            self.told.two_years = moved(self.today, "24m")
        else:
            self.told.valid_until = moved(self.today, "60m")

    def correct(self) -> None:
        self.number = self.fire(T.SUBMIT, "provider:acme", **application())
        assert self.audited(self.number, self.today, "corrective")
        self.told.measures = moved(self.today, "6m")

    def audited(self, case: str, on: date, verdict: str) -> str:
        """Take a case through its whole audit on one day."""
        day, extra = on.isoformat(), {"measures": [{"what": "poll"}]}
        self.prepare(case)
        self.fire(T.WAIVE, "admin:els", case, reason="asked")
        self.fire(T.START_VISIT, "auditor:an", case)
        self.fire(T.CLOSE_VISIT, "auditor:an", case, scores="all T", report_approved_on=day)
        self.fire(T.FINISH_REPORT, "auditor:an", case, hours=8, report="R-1")
        more = extra if verdict == "corrective" else {}
        said = self.fire(
            T.GIVE_VERDICT, "committee:bo", case, verdict=verdict, reason="seen", **more
        )
        return self.fire(T.REGISTER, "authority:vlaio", case) if verdict == "pass" else said

    def prepare(self, case: str) -> str:
        day = self.today.isoformat()
        papers = ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on")
        return self.fire(T.CONFIRM_PREPARED, "bureau:plan", case, **dict.fromkeys(papers, day))

    def happens(self, what: str) -> None:
        """Let something happen, when it may."""
        if what in ENDS:
            self.told.over |= bool(self.fire(*ENDS[what], reason="seen"))
        elif what in ("renew", "renewal withdrawn", "renewal registered"):
            self._renewal(what)
        elif what in ("request", "suspend", "lift"):
            self._registered(what)
        elif what:
            self._visited(what)

    def _visited(self, what: str) -> None:
        told = self.told
        visit = self.today + timedelta(days=60 if what == "plan later" else 40)
        if what == "prepare" and self.prepare(self.number):
            told.prepared = True
        elif what == "pause" and self.fire(T.PAUSE, "bureau:plan", reason="asked"):
            told.pauses.append((self.today, None))
        elif what == "resume" and self.fire(T.RESUME, "bureau:plan"):
            told.pauses[-1] = (told.pauses[-1][0], self.today)
        elif what.startswith("plan") and self.fire(
            T.PLAN_VISIT, "bureau:plan", visit_on=visit.isoformat()
        ):
            told.visit = visit
        elif what == "visit" and self.fire(T.START_VISIT, "auditor:an"):
            told.visited = True
            if told.pausing:  # a visit ends the pause
                told.pauses[-1] = (told.pauses[-1][0], self.today)

    def _registered(self, what: str) -> None:
        told = self.told
        if what == "request" and self.fire(T.REQUEST_AUDIT, "provider:acme"):
            told.requested = True
        elif what == "suspend" and self.fire(T.SUSPEND, "authority:vlaio", reason="seen"):
            told.suspended = self.today
        elif what == "lift" and self.fire(T.LIFT, "authority:vlaio", reason="seen"):
            told.suspended = None

    def _renewal(self, what: str) -> None:
        told = self.told
        if what == "renew" and not self.renewal:
            fields = application(kind="renewal", renews=self.number)
            command = Command(T.SUBMIT, Actor.parse("provider:acme"), data=fields)
            try:
                self.renewal = fire(self.office.house, command).case
            except LifecycleError:
                return
            told.requested, self.asked = True, self.today
        elif what == "renewal withdrawn" and self.renewal and not told.renewed:
            if self.fire(T.WITHDRAW, "provider:acme", self.renewal):
                told.requested, self.renewal = False, ""
        elif what == "renewal registered" and self.renewal and not told.renewed:  # noqa: SIM102
            if self.audited(self.renewal, self.today, "pass"):
                told.renewed = True


ENDS = {
    "withdraw": (T.WITHDRAW, "provider:acme"),
    "revoke": (T.REVOKE, "authority:vlaio"),
    "relinquish": (T.RELINQUISH, "admin:els"),
}
HAPPENINGS = {
    "application": ["prepare", "plan", "plan later", "pause", "resume", "visit", "withdraw"],
    "exemption": ["prepare", "plan", "plan later", "pause", "resume", "visit"],
    "starter": ["request", "suspend", "lift", "revoke", "relinquish"],
    "basic": ["suspend", "lift", "revoke", "relinquish"],
    "adopted": ["renew", "renewal withdrawn", "renewal registered", "suspend", "lift", "revoke"],
    "corrective": ["withdraw"],
}
GAPS = st.one_of(st.integers(0, 3), st.integers(4, 40), st.integers(41, 400))


@st.composite
def lives(draw: st.DrawFn, kind: str) -> tuple[Life, list]:
    begin = date(2026, 1, 5) + timedelta(days=draw(st.integers(0, 600)))
    days = st.tuples(
        GAPS,
        st.sampled_from(["", "", "", *HAPPENINGS[kind]]),
        st.sampled_from(["sweep", "sweep", "sweep twice", "nothing"]),
        st.sampled_from(["", "", "", "", *HAPPENINGS[kind]]),  # between sweep and delivery
        st.sampled_from(["deliver", "deliver", "deliver", "nothing"]),
    )
    life = Life(begin)
    if kind == "application":
        life.apply(signed=draw(st.booleans()))
    elif kind == "exemption":
        life.apply(signed=draw(st.booleans()), proof_days=draw(st.integers(1, 300)))
    elif kind == "adopted":
        life.adopt(draw(st.integers(20, 700)))
    elif kind == "corrective":
        life.correct()
    else:
        life.start(kind)
    return life, draw(st.lists(days, min_size=1, max_size=25))


@pytest.mark.parametrize("kind", list(HAPPENINGS))
@given(data=st.data())
def test_what_is_sent_is_what_the_specification_says(kind: str, data: st.DataObject) -> None:
    life, days = data.draw(lives(kind))
    assert life.number
    for gap, before, swept, between, delivered in days:
        life.later(gap)
        if _beyond(life):
            break
        life.happens(before)
        for _ in range({"sweep": 1, "sweep twice": 2}.get(swept, 0)):
            life.sweep()
        life.happens(between)
        if delivered == "deliver":
            life.deliver()
        assert life.rows() == life.oracle.sent
    assert life.letters() == life.oracle.sent.total()


def _beyond(life: Life) -> bool:
    """A case that nobody looked after for twelve months lapses, and rules end one day."""
    applied = life.asked if life.renewal and not life.told.renewed else life.told.applied
    paused = timedelta() if life.renewal else life.told.paused(life.today)
    lapsed = applied is not None and life.today > moved(applied, "12m") + paused
    return lapsed or life.today.year > 2033


@pytest.mark.parametrize(("end", "days"), [("suspend", 0), ("revoke", 0), ("", 3000)])
def test_what_became_of_a_registered_renewal_wakes_no_reminder_of_the_old_case(
    end: str, days: int
) -> None:
    life = Life(date(2026, 1, 5))
    life.adopt(60)
    life.happens("renew")
    life.happens("renewal registered")
    assert life.told.renewed
    life.later(90)
    life.sweep()
    if end:
        life.fire(T(end), "authority:vlaio", life.renewal, reason="seen")
    life.later(days)
    life.sweep()
    life.sweep()
    life.deliver()
    assert life.rows() == life.oracle.sent
