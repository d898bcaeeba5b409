"""The gate: what it writes, what it repeats, what it refuses without a trace."""

from __future__ import annotations

from datetime import date

import pytest

from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import BadInput, ChangedMeanwhile, KeyReused, NotFound, Refused
from kmop_lifecycle.domain.lifecycle import State, Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.stories import adoption, application, applied, certified, judged, prepared, starter

T = Trigger


def _history(office, number):
    with office.house.store(reading=True) as uow:
        return [str(row.event.trigger) for row in uow.history(number)]


def test_a_step_leaves_one_history_row_its_notices_and_the_next_dates():
    office = Office()
    number = office.live(applied())

    assert _history(office, number) == ["submit"]
    assert office.rows(number) == [("step:submit to provider", "due")]
    with office.house.store(reading=True) as uow:
        kinds = {due.kind for due in uow.dues(number)}
    assert kinds == {"lapse", "preparation:applied_on"}


def test_the_same_key_answers_the_first_answer_again():
    office = Office().on("2026-01-05")
    command = Command(T.SUBMIT, Actor.parse("provider:acme"), data=application(), key="k1")
    first, second = fire(office.house, command), fire(office.on("2026-01-09").house, command)

    assert (second.case, second.version, second.repeated) == (first.case, 1, True)
    assert _history(office, first.case) == ["submit"]


def test_the_same_key_for_something_else_is_told():
    office = Office().on("2026-01-05")
    fire(
        office.house, Command(T.SUBMIT, Actor.parse("provider:acme"), data=application(), key="k1")
    )
    other = Command(T.SUBMIT, Actor.parse("provider:acme"), data=application(sites=2), key="k1")

    with pytest.raises(KeyReused):
        fire(office.house, other)


def test_a_refused_step_leaves_nothing_but_its_log_line(caplog):
    caplog.set_level("INFO", logger="kmop_lifecycle")
    office = Office()
    number = office.live(prepared())
    before = office.rows(number)
    with pytest.raises(Refused):
        fire(office.house, Command(T.START_VISIT, Actor.parse("auditor:an"), number))

    assert _history(office, number) == ["submit", "confirm_prepared"]
    assert office.rows(number) == before
    assert "visit_too_early" in caplog.text


def test_a_dry_run_says_what_would_happen_and_writes_nothing():
    office = Office()
    number = office.live(applied())
    command = Command(T.WITHDRAW, Actor.parse("provider:acme"), number, dry_run=True)

    assert fire(office.house, command).state is State.WITHDRAWN
    assert _history(office, number) == ["submit"]


def test_a_stale_version_is_told():
    office = Office()
    number = office.live(applied())

    with pytest.raises(ChangedMeanwhile):
        fire(office.house, Command(T.WITHDRAW, Actor.parse("provider:acme"), number, version=7))


def test_a_case_that_does_not_exist_is_not_found():
    with pytest.raises(NotFound):
        fire(Office().house, Command(T.WITHDRAW, Actor.parse("provider:acme"), "2026-000099"))


def test_a_step_without_a_case_says_what_is_missing():
    with pytest.raises(BadInput, match="needs a case"):
        fire(Office().house, Command(T.WITHDRAW, Actor.parse("provider:acme")))


def test_what_time_brought_about_is_written_before_the_step_even_without_a_sweep():
    office = Office()
    number = office.live(starter())
    office.on("2028-03-20")
    with pytest.raises(Refused) as refusal:
        fire(office.house, Command(T.EXTEND, Actor.parse("authority:v"), number))
    assert refusal.value.code == "step_not_allowed"
    office.on("2027-10-01")
    fire(office.house, Command(T.REQUEST_AUDIT, Actor.parse("provider:acme"), number))

    assert _history(office, number)[-2:] == ["open_follow_up", "request_audit"]


def test_an_expired_registration_does_not_stand_in_the_way_even_unswept():
    office = Office()
    office.live(certified())
    office.on("2031-03-17")
    again = application(services={"training": ["innovatie"]})

    assert fire(office.house, Command(T.SUBMIT, Actor.parse("provider:acme"), data=again)).state


def test_who_was_registered_before_needs_no_knowledge_test():
    office = Office()
    office.live(certified())
    office.on("2031-04-01")
    new = fire(office.house, Command(T.SUBMIT, Actor.parse("provider:acme"), data=application()))
    papers = {"declaration_signed_on": "2031-04-01", "quote_accepted_on": "2031-04-01"}

    step = Command(T.CONFIRM_PREPARED, Actor.parse("bureau:p"), new.case, data=papers)
    assert fire(office.house, step).state is State.PREPARED


def _renew(office, old, on, decided):
    """Renew a registration through all steps; return the new case."""
    office.on(on)
    data = application(kind="renewal", renews=old)
    number = fire(office.house, Command(T.SUBMIT, Actor.parse("provider:acme"), data=data)).case
    steps = judged().changes[1:]
    asked = judged().asked
    shift = date.fromisoformat(on) - date(2026, 1, 5)
    for change in steps:
        office.clock.set(change.event.on + shift)
        day = office.clock.today().isoformat()
        data = {k: day if k.endswith("_on") else v for k, v in asked[change.event.seq].items()}
        fire(office.house, Command(change.event.trigger, change.event.by, number, data=data))
    office.on(decided)
    fire(office.house, Command(T.REGISTER, Actor.parse("authority:vlaio"), number))
    return number


@pytest.mark.parametrize(
    ("on", "decided", "valid"),
    [
        ("2026-12-01", "2027-03-10", ("2027-07-01", "2032-06-30")),  # in time: no gap
        ("2027-03-01", "2027-06-30", ("2027-07-01", "2032-06-30")),  # on the last day
        ("2027-04-01", "2027-07-20", ("2027-07-20", "2032-07-20")),  # late: a visible gap
        ("2028-01-05", "2028-04-01", ("2028-04-01", "2033-04-01")),  # of what has expired
    ],
)
def test_a_renewal_joins_the_old_validity_or_leaves_a_visible_gap(on, decided, valid):
    office = Office().on("2026-01-05")
    old = fire(office.house, Command(T.ADOPT, Actor.parse("admin:root"), data=adoption())).case
    new = _renew(office, old, on, decided)

    with office.house.store(reading=True) as uow:
        held = uow.get(new).registration
    assert (held.valid_from.isoformat(), held.valid_until.isoformat()) == valid
    assert verify(office.house).breaches == []


def test_a_second_renewal_beside_an_open_one_is_a_duplicate():
    office = Office().on("2026-01-05")
    old = fire(office.house, Command(T.ADOPT, Actor.parse("admin:root"), data=adoption())).case
    renewal = application(kind="renewal", renews=old)
    first = fire(office.house, Command(T.SUBMIT, Actor.parse("provider:a"), data=renewal)).case

    with pytest.raises(Refused) as refusal:
        fire(office.house, Command(T.SUBMIT, Actor.parse("provider:a"), data=renewal))
    assert refusal.value.code == "duplicate_case"
    fire(office.house, Command(T.WITHDRAW, Actor.parse("provider:a"), first))
    assert fire(office.house, Command(T.SUBMIT, Actor.parse("provider:a"), data=renewal)).case
