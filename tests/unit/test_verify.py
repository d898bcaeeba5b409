"""Verify finds what was changed behind the gate's back, and names the row."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kmop_lifecycle.domain.case import Actor, Due, Neighbour
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.service import verify as proof
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.invariants import Breach, Invariant
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify, verify_span
from tests.fakes import Office
from tests.stories import JOURNEYS, application, applied, certified, starter

V, T = Invariant, Trigger


@pytest.mark.parametrize("state", list(State))
def test_what_came_through_the_gate_is_whole(state):
    office = Office()
    office.live(JOURNEYS[state]())
    seen = []
    report = verify(office.house, progress=seen.append)

    assert report.breaches == []
    assert (report.cases, seen) == (1, [1])
    assert report.events
    assert report.notices


KEY = ("case", "ladder", "anchor", "anchor_on", "rung", "recipient", "channel")


def other(told, **changes):
    """Return a notice row that says something else."""
    said = dict(zip(KEY, told.key, strict=True))
    assert changes.keys() <= said.keys()
    return told._replace(key=tuple((said | changes).values()))


class _Tampered:
    """A store in which one thing reads differently from what was written."""

    def __init__(self, store, **lies):
        self._store, self._lies = store, lies

    def __call__(self, *, reading=False):
        return _Lying(self._store(reading=reading), self._lies)


class _Lying:
    def __init__(self, uow, lies):
        self._uow, self._lies = uow, lies

    def __enter__(self):
        self._uow.__enter__()
        return self

    def __exit__(self, *exc):
        return self._uow.__exit__(*exc)

    def __getattr__(self, name):
        truth = getattr(self._uow, name)
        lie = self._lies.get(name)
        return (lambda *args: lie(truth(*args))) if lie else truth


def lying(office, change):
    """Have the first dossier read as `change` makes it."""
    store = _Tampered(office.house.store, dossiers=lambda page: [change(d) for d in page])
    return replace(office.house, store=store)


def found(story, change, swept_on=""):
    office = Office()
    office.live(story)
    if swept_on:
        sweep(office.house, date.fromisoformat(swept_on))
        office.on(swept_on)
    report = verify(lying(office, change))
    assert report.total == len(report.breaches)
    return {(b.invariant, b.row) for b in report.breaches}


def events(**changes):
    """Change one field of the event at a place: `events(at=3, by=…)`."""
    at = changes.pop("at")

    def change(dossier):
        rows = list(dossier.history)
        rows[at] = (replace(rows[at][0], **changes), rows[at][1])
        return replace(dossier, history=rows)

    return change


def without(trigger):
    def change(dossier):
        kept = [row for row in dossier.history if row[0].trigger is not trigger]
        seqs = enumerate(kept, 1)
        return replace(dossier, history=[(replace(e, seq=n), at) for n, (e, at) in seqs])

    return change


def field(**changes):
    return lambda dossier: replace(dossier, case=replace(dossier.case, **changes))


def test_a_state_changed_in_the_table_is_found():
    assert found(applied(), field(state=State.CERTIFIED)) == {(V.PROJECTION, "case")}


def test_a_column_beside_the_facts_is_found():
    torn = found(applied(), lambda dossier: replace(dossier, torn=("state",)))
    assert torn == {(V.PROJECTION, "case")}


def test_a_row_that_cannot_be_read_is_found_and_the_others_go_on():
    unread = found(
        applied(), lambda d: replace(d, history=(), unread=(("history 1", "ValueError"),))
    )
    assert unread == {(V.READABLE, "history 1")}


def test_a_missing_history_row_is_found():
    gone = found(certified(), lambda d: replace(d, history=[*d.history[:2], *d.history[3:]]))
    assert gone >= {(V.SEQUENCE, "history 4"), (V.PAGE, "history 4")}


def test_an_empty_history_is_found():
    assert found(applied(), lambda d: replace(d, history=())) == {(V.SEQUENCE, "")}


def test_a_last_row_cut_off_is_found():
    cut = found(certified(), lambda d: replace(d, history=d.history[:-1]))
    assert (V.PROJECTION, "case") in cut


def test_a_step_the_page_does_not_know_is_found():
    wrong = found(certified(), events(at=1, to=State.CERTIFIED))
    assert (V.PAGE, "history 2") in wrong


def test_a_step_by_who_may_not_is_found():
    wrong = found(certified(), events(at=-1, by=Actor.parse("bureau:plan")))
    assert wrong == {(V.PAGE, "history 7")}


def test_a_certificate_without_its_steps_is_found():
    assert (V.CERTIFICATE, "history 6") in found(certified(), without(T.GIVE_VERDICT))


def test_a_certificate_on_a_negative_verdict_is_found():
    facts = {"verdict": "fail", "reason": "", "measures": [], "proposal": "pass"}
    wrong = found(certified(), events(at=5, facts=facts))
    assert (V.CERTIFICATE, "history 7") in wrong


@pytest.mark.parametrize("name", ["an", "bo"])
def test_one_person_in_two_roles_is_found(name):
    by = Actor.parse(f"authority:{name}")
    assert (V.FOUR_EYES, "history 7") in found(certified(), events(at=-1, by=by))


def test_an_effective_date_before_the_one_before_it_is_found():
    wrong = found(certified(), events(at=3, on=date(2026, 2, 9)))
    assert (V.ORDER, "history 4") in wrong


def test_a_row_written_long_before_the_one_before_it_is_found():
    def change(dossier):
        rows = list(dossier.history)
        rows[2] = (rows[2][0], rows[2][1] - timedelta(days=60))
        return replace(dossier, history=rows)

    assert found(certified(), change) == {(V.ORDER, "history 3")}


@pytest.mark.parametrize(("story", "term"), [(certified, "2031-03-15"), (starter, "2031-03-16")])
def test_a_validity_of_another_length_is_found(story, term):
    def change(dossier):
        facts = dict(dossier.history[-1][0].facts) | {"valid_until": term}
        return events(at=-1, facts=facts)(dossier)

    assert (V.VALIDITY, "case") in found(story(), change)


def test_a_validity_that_begins_on_another_day_is_found():
    def change(dossier):
        facts = dict(dossier.history[-1][0].facts)
        facts |= {"valid_from": "2026-03-17", "valid_until": "2031-03-17"}
        return events(at=-1, facts=facts)(dossier)

    assert (V.VALIDITY, "case") in found(certified(), change)


def test_facts_that_cannot_be_replayed_are_found():
    assert found(certified(), events(at=-1, facts={})) == {(V.READABLE, "history")}


def test_a_forgotten_date_is_found():
    assert (V.DEADLINE, "deadline lapse") in found(applied(), lambda d: replace(d, dues=()))


def test_a_date_planned_too_late_is_found():
    late = [Due("expire", date(2031, 3, 18))]
    wrong = found(certified(), lambda d: replace(d, dues=late))
    assert (V.DEADLINE, "deadline expire") in wrong


def test_an_event_that_told_nobody_is_found():
    def change(dossier):
        kept = {row: n for row, n in dossier.notices.items() if n.key[4] != "register"}
        return replace(dossier, notices=kept)

    assert found(certified(), change) == {(V.NOTICE, "history 7")}


@pytest.mark.parametrize(
    "changes",
    [
        {"rung": "revoke"},
        {"anchor": "event:9"},
        {"recipient": "provider2"},
        {"anchor_on": "2026-01-06"},
    ],
)
def test_a_notice_of_an_event_that_never_was_is_found(changes):
    def change(dossier):
        false = other(next(iter(dossier.notices.values())), **changes)
        return replace(dossier, notices={**dossier.notices, 99: false})

    assert found(certified(), change) == {(V.NOTICE, "notice 99")}


@pytest.mark.parametrize(
    "changes",
    [
        {"rung": "-5m"},
        {"anchor_on": "2031-03-17"},
        {"ladder": "follow_up", "anchor": "two_year_on"},
        {"recipient": "bureau:BQA"},
        {"channel": "channel:1"},
    ],
)
def test_a_reminder_of_a_date_that_never_was_is_found(changes):
    def change(dossier):
        true = next(n for n in dossier.notices.values() if n.key[1] == "renewal")
        return replace(dossier, notices={**dossier.notices, 99: other(true, **changes)})

    assert found(certified(), change, "2030-03-16") == {(V.NOTICE, "notice 99")}


def test_a_reminder_under_a_rule_corrected_since_was_right_in_its_time():
    office = Office()
    office.live(certified())
    sweep(office.on("2030-03-16").house, date(2030, 3, 16))
    with office.house.store() as uow:
        uow.mark("rule:ladders@2000-01-01", "abc accepted by admin:els: typo", office.clock.now())
        uow.commit()

    def change(dossier):
        true = next(n for n in dossier.notices.values() if n.key[1] == "renewal")
        return replace(dossier, notices={**dossier.notices, 99: other(true, rung="-13m")})

    assert verify(lying(office, change)).breaches == []


def test_an_answer_about_nothing_is_found():
    office = Office()
    number = office.live(applied())
    command = Command(T.PAUSE, Actor.parse("bureau:plan"), number, data={"reason": "x"}, key="k")
    fire(office.house, command)
    assert verify(office.house).breaches == []

    def lie(page):
        lies = ({"case": "2026-000009"}, {"version": 3}, {"version": 0})
        bodies = [dict(kept.body) | lie for kept in page for lie in lies]
        return [replace(kept, body=body) for kept in page for body in bodies]

    house = replace(office.house, store=_Tampered(office.house.store, answers=lie))
    told = verify(house).breaches
    assert [(b.invariant, b.row) for b in told] == [(V.ANSWER, "command k")] * 3


def test_two_registrations_of_one_service_are_found():
    office = Office()
    office.live(certified())
    other = certified(services={"training": ["innovatie"], "advice": ["cybersecurity"]},
                      enterprise_number="0202.239.951")  # fmt: skip
    office.live(other)
    assert verify(office.house).breaches == []

    with office.house.store(reading=True) as uow:
        both = [Neighbour.of(uow.get(number)) for number in ("2026-000001", "2026-000002")]

    def together(around):
        assert not around  # of different enterprises, until now
        return {"0566988259": both}

    store = _Tampered(office.house.store, neighbourhoods=together)
    report = verify(replace(office.house, store=store))
    assert [(b.invariant, b.case) for b in report.breaches] == [(V.OVERLAP, "2026-000002")]


def test_all_breaches_are_heard_and_counted_and_a_thousand_are_kept(monkeypatch):
    monkeypatch.setattr("kmop_lifecycle.service.verify._KEPT", 2)
    office = Office()
    for number in ("0566.988.259", "0202.239.951", "0403.019.261"):
        office.live(applied(enterprise_number=number))
    heard: list[Breach] = []
    house = lying(office, lambda d: replace(d, dues=()))
    report = verify(house, found=heard.append)

    assert report.total == len(heard) > 2
    assert report.breaches == heard[:2]
    assert report.as_json()["broken"] == {"deadline": len(heard)}
    assert str(heard[0]).startswith("2026-000001 deadline ")
    assert str(heard[0]).endswith("[deadline]")


def test_a_history_is_read_page_by_page(monkeypatch):
    monkeypatch.setattr("kmop_lifecycle.service.verify._PAGE", 1)
    office = Office()
    for n, number in enumerate(("0566.988.259", "0202.239.951", "0403.019.261")):
        office.clock.set(date(2026, 1, 5))
        data = application(enterprise_number=number)
        by = Actor.parse("provider:acme")
        fire(office.house, Command(T.SUBMIT, by, data=data, key=f"k{n}"))
    pages = []

    assert verify(office.house, progress=pages.append).cases == 3
    assert pages == [1, 1, 1]


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_spans_find_what_one_reading_finds_in_the_same_order(size, monkeypatch):
    office = Office()
    for n in range(5):
        digits = f"04{n:06d}"
        number = f"{digits}{97 - int(digits) % 97:02d}"
        fire(office.house, opened(number))
    torn = lying(office, lambda dossier: replace(dossier, torn=("state",)))
    monkeypatch.setattr(proof, "SPAN", size)
    spans, seen, heard = [], [], []

    def spread(given, today):
        for span in given:
            spans.append(span)
            yield verify_span(torn, span, today)

    whole = verify(torn)
    report = verify(torn, progress=seen.append, found=heard.append, spread=spread)

    assert whole.total == 5
    assert report.as_json() == whole.as_json()
    assert heard == whole.breaches
    assert sum(seen) == 5
    assert len(spans) == -(-5 // size) + 1
    assert spans[-1].until == ""


def opened(enterprise):
    data = application(enterprise_number=enterprise)
    return Command(T.SUBMIT, Actor.parse("provider:p"), data=data)
