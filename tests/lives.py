"""Random lives of a whole portfolio, told twice: to two houses that must end alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from kmop_lifecycle.domain.calendar import Period, Rung
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.ladders import ANCHOR_NAMES
from kmop_lifecycle.domain.lifecycle import Role, State, Trigger
from kmop_lifecycle.domain.machine import rows
from kmop_lifecycle.domain.rulebook import Ladder, RuleBook, Term, Window
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.ports import OpenUnitOfWork
from tests.stories import adoption, application, shipped_rules, with_rules

T = Trigger
BEGIN = date(2026, 1, 5)
FOLLOW_UP_ETC = (T.SUBMIT, T.ADOPT)
BUREAUS = ("DNV", "Kiwa", "BQA")
NAMES = ("an", "bo", "cy", "acme")
RUNGS = ("-12m", "-6m", "-3m", "-1m", "-14d", "-3d", "-1d", "0", "+1d", "+2w", "+3m", "heads_up")


class OneByOne:
    """The same store, whose sweep decides every case by itself."""

    def __init__(self, store: OpenUnitOfWork) -> None:
        self._store = store

    def __call__(self, *, reading: bool = False):
        uow = self._store(reading=reading)
        take = uow.take

        def unlike(ids, today, *, wait=True):
            return [one._replace(likeness="") for one in take(ids, today, wait=wait)]

        uow.take = unlike
        return uow


def enterprise(n: int) -> str:
    digits = f"04{n:06d}"
    return f"{digits}{97 - int(digits) % 97:02d}"


def random_rules(rng: Random) -> RuleBook:
    """The shipped rule book with other lengths and other ladders."""
    ladders = tuple(_ladder(rng) for _ in range(rng.randint(1, 6)))
    shipped = shipped_rules()
    wait = shipped.waiting.versions[-1].value
    lead = shipped.lead_time.versions[-1].value
    return replace(
        with_rules(
            shipped,
            ladders=(*shipped.ladders.versions[-1].value[: rng.randint(0, 11)], *ladders),
            lapse=Term(Period(rng.randint(2, 12), "m")),
            follow_up_opens=Term(Period(rng.randint(1, 9), "m")),
            waiting=Window(wait.min, Period(rng.randint(5, 9), "w"), wait.min_mode, wait.max_mode),
            lead_time=Window(
                lead.min, Period(rng.randint(3, 5), "m"), lead.min_mode, lead.max_mode
            ),
        ),
        fingerprint=f"random {rng.random()}",
    )


def _ladder(rng: Random) -> Ladder:
    rungs = tuple(Rung.parse(text) for text in RUNGS if rng.random() < 0.4) or (Rung("0"),)
    fewer = tuple(rung for rung in rungs if rng.random() < 0.5)
    repeat = Rung.parse(rng.choice(("+1w", "+1m"))) if rng.random() < 0.2 else None
    firsts = (None, None) if repeat else (None, rng.choice(rungs))
    roles = {role: rng.choice(firsts) for role in Role if rng.random() < 0.3}
    return Ladder(
        name=rng.choice(("visit", "renewal", "follow_up", "review", "preparation", "other")),
        anchor=rng.choice(sorted(ANCHOR_NAMES)),
        states=frozenset(state for state in State if rng.random() < 0.4),
        rungs=rungs,
        to=roles or {Role.PROVIDER: None},
        repeat=repeat,
        when_requested=fewer if rng.random() < 0.3 else None,
    )


class Lives:
    """What happens to a portfolio, the same for every house it is told to."""

    def __init__(self, seed: int, cases: int) -> None:
        self.rng, self.cases, self.today = Random(seed), cases, BEGIN
        self.numbers: list[str] = []

    def openings(self) -> list[Command]:
        return [self._opening(n) for n in range(self.cases)]

    def _opening(self, n: int) -> Command:
        rng = self.rng
        bureau, number = rng.choice(BUREAUS), enterprise(n)
        channels = ["slack://a/b/c"] * rng.randint(0, 2)
        fields = {
            "enterprise_number": number,
            "bureau": bureau,
            "contact": {"name": "Jo", "email": "jo@acme.example", "channels": channels},
        }
        if rng.random() < 0.5:
            kind = rng.choice(("basic", "starter"))
            left = timedelta(days=rng.choice((20, 45, 200, 200, 400, 700)))
            dates = {"valid_from": (BEGIN - timedelta(30)).isoformat()}
            dates["valid_until"] = (BEGIN + left).isoformat()
            return Command(
                T.ADOPT, Actor(Role.ADMIN, "r"), data=adoption(kind=kind, **fields, **dates)
            )
        kind = rng.choice(("basic", "starter", "exemption"))
        if kind == "exemption":
            until = BEGIN + timedelta(days=rng.choice((60, 120)))
            fields["exemption"] = {
                "scheme": "qfor",
                "number": "Q",
                "valid_until": until.isoformat(),
            }
        if rng.random() < 0.5:
            fields["declaration_signed_on"] = BEGIN.isoformat()
        data = application(kind=kind, active_since="2025-01-01", **fields)
        return Command(T.SUBMIT, Actor(Role.PROVIDER, "acme"), data=data)

    def step(self, house: House) -> Command | None:
        """Return something a person might do to one of the cases."""
        rng = self.rng
        number = rng.choice(self.numbers)
        with house.store(reading=True) as uow:
            case = uow.get(number)
        if case.registration and rng.random() < 0.3:
            fields = {"enterprise_number": case.enterprise, "bureau": case.bureau}
            data = application(kind="renewal", renews=number, **fields)
            renewal = Command(T.SUBMIT, Actor(Role.PROVIDER, "acme"), data=data)
            # On Postgres a number is gone also when its case is refused.
            return renewal if "-" in told(house, replace(renewal, dry_run=True)) else None
        may = [t for t in Trigger if rows(t, case.state) and t not in FOLLOW_UP_ETC]
        if not may:
            return None
        trigger = rng.choice(may)
        if trigger in (T.PAUSE, T.WITHDRAW, T.REVOKE, T.RELINQUISH) and rng.random() < 0.8:
            return None  # else most cases would soon be paused, or over
        role = rng.choice(rows(trigger, case.state)[0].by)
        return Command(trigger, Actor(role, rng.choice(NAMES)), number, data=self._data(trigger))

    def _data(self, trigger: Trigger) -> dict[str, object]:
        rng, day = self.rng, self.today.isoformat()
        ahead = (self.today + timedelta(days=rng.randint(0, 60))).isoformat()
        papers = ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on")
        return {
            T.CONFIRM_PREPARED: dict.fromkeys(papers, day),
            T.PLAN_VISIT: {"visit_on": ahead, "auditor": rng.choice(NAMES)},
            T.CLOSE_VISIT: {"scores": "all T", "report_approved_on": day},
            T.FINISH_REPORT: {"hours": 8, "report": "R"},
            T.GIVE_VERDICT: {
                "verdict": rng.choice(("pass", "conditional", "corrective", "fail")),
                "reason": "seen",
                "measures": [{"what": "poll"}, {"what": "ask", "due": ahead}],
            },
            T.SUBMIT_EVIDENCE: {"answers": ["done", "done"]},
            T.CHANGE_KIND: {"kind": "basic"},
            T.REGISTER: {},
            T.EXTEND: {},
            T.UPHOLD_APPEAL: {},
        }.get(trigger, {"reason": "because"})

    def pass_time(self) -> date:
        self.today += timedelta(days=self.rng.choice((1, 1, 2, 7, 14, 30, 30, 60, 180)))
        return self.today


def told(house: House, command: Command) -> str:
    """Fire it; a refusal is an answer too."""
    try:
        return fire(house, command).case
    except LifecycleError as refusal:
        return type(refusal).__name__


def record(store: OpenUnitOfWork) -> dict[str, object]:
    """Everything a store knows of its cases, in words that can be compared."""
    found = {}
    with store(reading=True) as uow:
        for number in uow.numbers("", 10**6):
            notices = [
                (d.notice.key, d.notice.role, d.notice.due_on, d.status)
                for d in uow.deliveries(number)
            ]
            found[number] = (
                uow.get(number),
                [row.event for row in uow.history(number)],
                sorted(notices),
                uow.dues(number),
            )
    return found
