"""Random worlds: people, clock, outages and crashes on a real database, judged by the oracle."""

from __future__ import annotations

import copy
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from sqlalchemy import event

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.migrate import upgrade
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.clocks import overdue
from kmop_lifecycle.domain.errors import KeyReused, LifecycleError, NeedsConsent
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.careful import careful_sweep
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import Limits
from kmop_lifecycle.service.ports import Message, Outcome
from kmop_lifecycle.service.verify import verify
from tests.fakes import KnownPostbook
from tests.killing import At
from tests.oracle import ANY, AUDITING, PROPOSED, RUNNING, STEPS, Told, later
from tests.oracle_ladders import holds, newest
from tests.stories import adoption, application, shipped_rules

FIRMS = ("0566.988.259", "0202.239.951", "0403.019.261")
ENDED = ("expired", "withdrawn", "revoked", "rejected")
SILENCE = 400  # days between two sweeps from which on the next one asks
DAYS = [0, 1, 3, 7, 14, 28, 31, 60, 180, 365]
NIGHTS = [(3, 29, 0), (10, 25, 0), (2, 28, 23), (12, 31, 22)]  # month, day, UTC hour
USUAL = {  # what somebody sensible does next
    "applied": ["confirm_prepared"],
    "prepared": ["start_visit", "plan_visit"],
    "onsite_audit": ["close_visit"],
    "office_audit": ["finish_report", "give_verdict", "register"],
    "corrective_action": ["submit_evidence"],
    "certified": ["suspend"],
    "follow_up": ["request_audit", "start_visit", "close_visit", "finish_report", "give_verdict",
                  "extend"],
    "suspended": ["lift"],
    "rejected": ["uphold_appeal"],
}  # fmt: skip
NAMES = {"auditor": "an", "committee": "bo", "authority": "cy", "provider": "acme"}

REACHED = Counter[
    str
]()  # what happened in all worlds so far: a fault that never came proves nothing


@cache
def _template() -> Path:
    file = Path(tempfile.mkdtemp(prefix="kmop-world-")) / "template.db"
    upgrade(f"sqlite:///{file}")
    return file


class Lines:
    """Renders a notice as the words that identify it."""

    def render(self, notice, *_) -> Message:
        words = (notice.case, notice.ladder, notice.rung, notice.role, notice.recipient,
                 notice.channel, notice.anchor, str(notice.anchor_on))  # fmt: skip
        line = "|".join(words)
        return Message(line, line, line)

    def digest(self, items, *_) -> Message:
        text = "\n".join(self.render(notice).text for notice, *_ in items)
        return Message("digest", text, text)


class Post:
    """The way out: up, down, or silent after it took the message."""

    def __init__(self) -> None:
        self.status, self.accepted, self.unsure = "sent", Counter[str](), Counter[str]()
        self.new: list[str] = []
        self.was_down = False

    def send(self, address: str, message: Message) -> Outcome:
        lines = message.text.split("\n")
        if self.status == "retry":
            self.was_down = True
            return Outcome("retry", "451 later")
        self.accepted.update(lines)
        self.new += lines
        if self.status == "ambiguous":
            self.unsure.update(lines)
        return Outcome(self.status, "250")


class World(RuleBasedStateMachine):
    """A few firms over some years; everything that may happen happens, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="kmop-world-"))
        file = shutil.copy(_template(), self.folder / "kmop.db")
        self.engine = make_engine(f"sqlite:///{file}")
        self.clock = At(datetime(2026, 1, 5, 9, tzinfo=UTC))
        self.post = Post()
        built, _ = bootstrap.rehearsal(shipped_rules())
        self.house = replace(built, store=open_store(self.engine), clock=self.clock,
                             notifier=self.post, renderer=Lines(), postbook=KnownPostbook(),
                             limits=Limits(sweep_chunk=2, usual_days=SILENCE))  # fmt: skip
        self.cases: dict[str, Told] = {}
        self.written: dict[str, int] = {}  # history rows, by case
        self.answered: list[tuple[Command, dict[str, Any]]] = []
        self.last_swept: date | None = None
        self.cut_at = 0
        event.listen(self.engine, "before_cursor_execute", self._may_cut)

    def _may_cut(self, *_) -> None:
        if self.cut_at:
            self.cut_at -= 1
            if not self.cut_at:
                raise KeyboardInterrupt

    @property
    def today(self) -> date:
        return self.clock.today()

    def seen(self, number: str) -> Told:
        """Return the case as it stands today by the text, swept or not."""
        case = copy.deepcopy(self.cases[number])
        case.today = self.today
        case.pass_time(self.today)
        return case

    def around(self, firm: str, services: set[str], but: str = "") -> list[Told]:
        found = [self.seen(number) for number in self.cases if number != but]
        return [c for c in found if c.enterprise == firm and c.services & services]

    # -- people

    def _fired(self, command: Command, expected: str, about: object) -> dict[str, Any] | None:
        """Fire; the answer or the refusal must be what the text says."""
        try:
            answer = fire(self.house, command).as_json()
        except LifecycleError as told:
            refused = told
        else:
            refused = None
        if refused:
            told = (about, command, expected, str(refused))
            assert expected in (refused.code, ANY), told
            REACHED[f"refused {refused.code}"] += 1
            return None
        REACHED[str(command.trigger)] += 1
        assert expected in ("", ANY), (about, command, expected, answer)
        if command.key:
            self.answered.append((command, answer))
        return answer

    @initialize(firm=st.integers(0, 2), kind=st.sampled_from(["basic", "exemption", "starter"]))
    def one_applies(self, firm, kind):
        self._applies(FIRMS[firm], kind, {"training"})

    @rule(which=st.integers(0, 9), steps=st.integers(1, 9), scores=st.sampled_from(list(PROPOSED)))
    def life_goes_on(self, which, steps, scores):
        """Whoever's turn it is does what is to be done, some weeks apart."""
        number = sorted(self.cases)[which % len(self.cases)]
        for _ in range(steps):
            self.clock.moment += timedelta(days=15)
            case = self.seen(number)
            if case.state not in USUAL or case.state in ("suspended", "rejected"):
                return
            if case.state == "certified":
                self.clock.moment += timedelta(days=200)
                self._swept()
                continue
            trigger = self._next(case, 0)
            role = next(r for states, r in STEPS[trigger] if case.state in states)[0]
            data = self._data(trigger, case, self.today, scores, "", "seen", 1, "")
            self._acts(number, case, trigger, role, NAMES.get(role, "dora"), self.today, data)

    @rule(
        firm=st.integers(0, 2),
        kind=st.sampled_from(["basic", "exemption", "starter", "renewal"]),
        services=st.sets(st.sampled_from(["training", "advice"]), min_size=1),
        which=st.integers(0, 9),
    )
    def somebody_applies(self, firm, kind, services, which):
        number = sorted(self.cases)[which % len(self.cases)]
        firm = FIRMS[firm]
        if kind == "renewal":
            firm = self.cases[number].enterprise
        self._applies(firm, kind, services, number)

    def _applies(self, firm, kind, services, renews="") -> None:
        themes = {"training": ["digitalisering"], "advice": ["cybersecurity"]}
        fields = application(enterprise_number=firm, kind=kind, active_since="2025-01-01",
                             services={s: themes[s] for s in services})  # fmt: skip
        until = later(self.today, 3)
        if kind == "exemption":
            fields["exemption"] = {"scheme": "qfor", "number": "Q1", "valid_until": str(until)}
        if kind == "renewal":
            fields["renews"] = renews
        if kind == "starter" and self.today >= date(2028, 1, 1):
            kind = "basic"
        others = self.around(firm, services)
        open_ones = [c for c in others if c.state not in ENDED]
        expected = "duplicate_case" if open_ones else ""
        if kind == "renewal":
            beside = [c for c in open_ones if c.state in AUDITING or c.renews == renews]
            expected = "duplicate_case" if beside else ""
            if not expected and self.seen(renews).valid_from is None:
                expected = "invalid_application"
        command = Command(Trigger.SUBMIT, Actor.parse("provider:acme"), data=fields)
        if answer := self._fired(command, expected, others):
            known = [c for c in self.cases.values() if c.enterprise == firm and c.valid_from]
            self._opened(Told(
                answer["case"], firm, frozenset(services), kind, self.today, last=self.today,
                first_time=kind != "renewal" and not known,
                exempt_until=until if kind == "exemption" else None,
                involved={"acme"}, provider_side={"acme"},
                renews=renews if kind == "renewal" else "",
            ))  # fmt: skip

    @rule(firm=st.integers(0, 2), starter=st.booleans(), months=st.integers(1, 20))
    def a_registration_of_before_is_adopted(self, firm, starter, months):
        firm, until = FIRMS[firm], later(self.today, months)
        since = later(until, -24 if starter else -60)
        until = later(since, 24 if starter else 60)
        fields = adoption(enterprise_number=firm, kind="starter" if starter else "basic",
                          valid_from=str(since), valid_until=str(until))  # fmt: skip
        others = [c for c in self.around(firm, {"training"}) if c.state not in ENDED]
        command = Command(Trigger.ADOPT, Actor.parse("admin:els"), data=fields)
        if answer := self._fired(command, "duplicate_case" if others else "", others):
            self._opened(Told(
                answer["case"], firm, frozenset({"training"}), fields["kind"], self.today,
                state="certified", last=self.today, adopted=True, valid_from=since,
                valid_until=until, two_year=until if starter else None, involved={"els"},
            ))  # fmt: skip

    def _opened(self, case: Told) -> None:
        self.cases[case.number], self.written[case.number] = case, 1

    @rule(
        which=st.integers(0, 9),
        usual=st.integers(0, 3),
        trigger=st.sampled_from(sorted(STEPS)),
        name=st.sampled_from(["", "", "", "an", "bo", "cy", "acme"]),
        role=st.sampled_from(["", "", "", "", "provider", "authority", "admin"]),
        scores=st.sampled_from(["all T", "all T", *sorted(PROPOSED)]),
        verdict=st.sampled_from(["", "", "pass", "conditional", "corrective", "fail"]),
        reason=st.sampled_from(["because", "because", ""]),
        ahead=st.integers(0, 60),
        lacking=st.sampled_from(["", "", "", "knowledge_test_passed_on", "quote_accepted_on"]),
        off=st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1]),
        stale=st.sampled_from([None, None, None, 0, 1]),
        keyed=st.booleans(),
    )
    def somebody_acts(self, which, usual, trigger, name, role, scores, verdict, reason, ahead,
                      lacking, off, stale, keyed):  # fmt: skip
        number = sorted(self.cases)[which % len(self.cases)]
        case = self.seen(number)
        if usual and case.state in USUAL:
            trigger = self._next(case, usual + ahead)
        rows = [roles for states, roles in STEPS[trigger] if case.state in states]
        role = role or (rows[0][0] if rows else "admin")
        name = name or NAMES.get(role, "dora")
        day = self.today + timedelta(days=off)
        data = self._data(trigger, case, day, scores, verdict, reason, ahead, lacking)
        self._acts(number, case, trigger, role, name, day, data, stale, keyed)

    def _acts(self, number, case, trigger, role, name, day, data, stale=None, keyed=False):
        expected = case.refusal(trigger, role, name, day, self.today, data)
        if not expected and trigger == "register":
            expected = self._beside(case, day)
        if stale and self.written[number] > 1:
            expected = "changed_meanwhile"
        version = None if stale is None else max(1, self.written[number] - stale)
        key = f"key {len(self.answered)}" if keyed else ""
        command = Command(Trigger(trigger), Actor.parse(f"{role}:{name}"), number,
                          day if day != self.today else None, data, key, version)  # fmt: skip
        if self._fired(command, expected, case):
            if trigger == "register":
                data = {"old end": self._old_end(case)}
            case.takes(trigger, role, name, day, data)
            self.cases[number], self.written[number] = case, case.events
            self._same(number)

    def _next(self, case: Told, chance: int) -> str:
        steps = USUAL[case.state]
        if case.state == "office_audit":
            return steps[0 if not case.finished else 2 if case.verdict else 1]
        if case.state == "follow_up":
            done = (case.requested, case.started, case.closed, case.finished, case.verdict)
            return next((s for s, d in zip(steps, done, strict=False) if not d), "extend")
        return steps[chance % len(steps)]

    def _data(self, trigger, case, on, scores, verdict, reason, ahead, lacking) -> dict[str, Any]:
        day = str(on)
        papers = ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on")
        proposed = PROPOSED.get(case.scores, "pass")
        if case.state == "follow_up":
            scores = "all T" if ahead % 4 else scores
        return {
            "confirm_prepared": {paper: day for paper in papers if paper != lacking},
            "plan_visit": {"visit_on": str(on + timedelta(days=ahead)), "auditor": "an"},
            "close_visit": {"scores": scores, "report_approved_on": day},
            "finish_report": {"hours": 8, "report": "R-1"},
            "give_verdict": {"verdict": verdict or proposed, "reason": reason,
                             "measures": [{"what": "poll"}]},
            "submit_evidence": {"answers": ["done"]},
            "change_kind": {"kind": "basic"},
            "revoke": {"reason": reason, "heard_on": day},
        }.get(trigger, {"reason": reason} if reason else {})  # fmt: skip

    def _old_end(self, case: Told) -> date | None:
        old = self.seen(case.renews) if case.renews else None
        if old is None or old.valid_until is None:
            return None
        return min(old.valid_until, old.ended) if old.ended else old.valid_until

    def _beside(self, case: Told, day: date) -> str:
        """One registration per service: none begins while another runs, renewals follow on."""
        old = self._old_end(case)
        first = old + timedelta(days=1) if old and day <= old else day
        others = self.around(case.enterprise, set(case.services), case.number)
        runs = [c for c in others if c.state in RUNNING and c.number != case.renews]
        return "duplicate_case" if any(c.valid_until >= first for c in runs) else ""

    @precondition(lambda self: self.answered)
    @rule(which=st.integers(0, 99), other=st.booleans())
    def a_command_comes_again(self, which, other):
        command, answer = self.answered[which % len(self.answered)]
        if other:
            changed = {**command.data, "reason": "another one"}
            with pytest.raises(KeyReused):
                fire(self.house, replace(command, data=changed))
            REACHED["refused key_reused"] += 1
            return
        again = fire(self.house, replace(command, version=None)).as_json()
        assert again == {**answer, "repeated": True}
        REACHED["answered again"] += 1

    # -- time

    @rule(days=st.sampled_from(DAYS), hours=st.integers(0, 23), swept=st.booleans())
    def time_passes(self, days, hours, swept):
        self.clock.moment += timedelta(days=days, hours=hours)
        if swept:
            self._swept()

    @rule(night=st.sampled_from(NIGHTS), minutes=st.integers(0, 180))
    def a_strange_night_comes(self, night, minutes):
        """Summer time begins or ends, a leap day, a year's end."""
        month, day, hour = night
        now = self.clock.moment
        then = datetime(now.year, month, day, hour, 30, tzinfo=UTC)
        then = then if then > now else then.replace(year=now.year + 1)
        for _ in range(2):
            self.clock.moment = then + timedelta(minutes=minutes)
            REACHED[f"night of {month}-{day}"] += 1
            self._swept()
            then += timedelta(hours=1)

    @rule()
    def the_clock_goes_back_an_hour(self):
        self.clock.moment -= timedelta(hours=1)

    @precondition(lambda self: self.last_swept)
    @rule()
    def the_clock_jumps_ten_years_for_a_moment(self):
        now = self.clock.moment
        self.clock.moment += timedelta(days=3653)
        with pytest.raises(NeedsConsent):
            careful_sweep(self.house, self.today)
        self.clock.moment = now
        REACHED["ten years ahead"] += 1

    @rule(cut=st.integers(1, 60))
    def a_sweep_is_cut_off(self, cut):
        """It stops at some statement; the next one goes on."""
        self.cut_at = cut
        try:
            careful_sweep(self.house, self.today, agreed=True)
        except KeyboardInterrupt:
            REACHED["sweep cut off"] += 1
        self.cut_at = 0
        with self.house.store(reading=True) as uow:  # it may have been cut after its last word
            mark = uow.marks().get("sweep")
        self.last_swept = date.fromisoformat(mark) if mark else None
        self._holds_together()
        self._swept()

    @rule()
    def the_sweep_comes(self):
        self._swept()

    def _swept(self) -> None:
        last = self.last_swept
        doubtful = last and (self.today < last or (self.today - last).days > SILENCE)
        try:
            report = careful_sweep(self.house, self.today)
            assert not doubtful
        except NeedsConsent:
            assert doubtful
            REACHED["sweep asked first"] += 1
            report = careful_sweep(self.house, self.today, agreed=True)
        assert report.failed == []
        self.last_swept = self.today
        for number, case in self.cases.items():
            before, _ = case.state, case.pass_time(self.today)
            if before != case.state:
                REACHED[f"by the clock: {before} to {case.state}"] += 1
            self.written[number] = case.events
            self._same(number)
            self._reminded(number)
        assert careful_sweep(self.house, self.today).moved == {}
        self._holds_together()

    # -- the way out

    @rule(status=st.sampled_from(["sent", "sent", "retry", "ambiguous"]))
    def notices_are_delivered(self, status):
        self.post.status, self.post.new = status, []
        deliver(self.house)
        REACHED[f"delivery {status}"] += 1
        for line in self.post.new:
            number, ladder, rung, role, *_ = line.split("|")
            if ladder != "step" and role in ("provider", "bureau"):
                about = (line, self.today, self.seen(number))
                assert holds(self.seen(number), self.today, self._renewal(number), ladder, rung,
                             role), about  # fmt: skip
            sent, unsure = self.post.accepted[line], self.post.unsure[line]
            assert sent <= min(2, 1 + unsure), (line, sent, unsure)

    # -- what must hold

    def _renewal(self, number: str) -> Told | None:
        found = [n for n, case in self.cases.items() if case.renews == number]
        return self.seen(max(found)) if found else None

    def _same(self, number: str) -> None:
        """The database says of a case what the text says."""
        told = self.cases[number]
        with self.house.store(reading=True) as uow:
            case = uow.get(number)
        held = case.registration
        assert (case.state, case.version, case.last_on) == (told.state, told.events, told.last)
        assert (held and held.valid_from, held and held.valid_until) == (
            told.valid_from, told.valid_until)  # fmt: skip
        assert (held and held.two_year_on) == told.two_year
        late = [] if told.adopted else [
            name for name, states, day in (
                ("waiting", ("applied", "prepared"), told.applied + timedelta(days=43)),
                ("lead_time", AUDITING, later(told.applied, 3) + timedelta(days=1)),
            )
            if told.state in states
            and day + timedelta(days=told.paused(self.today)) <= self.today
        ]  # fmt: skip
        assert list(overdue(case, self.house.rules, self.today)) == late

    def _reminded(self, number: str) -> None:
        """Each ladder's newest rung has its row."""
        with self.house.store(reading=True) as uow:
            rows = {
                (n.ladder, n.anchor_on, n.rung, str(n.role))
                for n in (row.notice for row in uow.deliveries(number))
            }
        wanted = set(newest(self.cases[number], self.today, self._renewal(number)))
        assert wanted <= rows, (self.cases[number], self.today, wanted - rows)

    def _holds_together(self) -> None:
        assert [str(breach) for breach in verify(self.house).breaches] == []

    def teardown(self) -> None:
        try:
            REACHED["worlds"] += 1
            if self.cases and sys.exc_info()[0] is None:
                self._comes_to_rest()
        finally:
            self.engine.dispose()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _comes_to_rest(self) -> None:
        """Once the way out is up again every notice ends, and what was sent was sent."""
        self.cut_at, last = 0, self.last_swept or self.today
        self.clock.moment += max(timedelta(0), timedelta(days=(last - self.today).days))
        for hours in (0, 2, 24, 48, 144, 24):
            self.clock.moment += timedelta(hours=hours)
            self._swept()
            self.notices_are_delivered("sent")
        for number in self.cases:
            with self.house.store(reading=True) as uow:
                rows = uow.deliveries(number)
            for row in rows:
                line = Lines().render(row.notice).text
                assert row.status in ("sent", "moot", "dead", "ambiguous"), row
                assert row.status != "dead" or self.post.was_down, row
                assert row.status != "sent" or self.post.accepted[line], row
        self._holds_together()
