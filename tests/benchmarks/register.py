"""A register of any size: a few hundred cases lived through the gate, then copied in SQL.

Each copy has its own number and enterprise; history, notices and next dates are those of the case
it is copied from. Due cases fell due over the last days, the others wait for years.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, Table, delete, text

from kmop_lifecycle.adapters.store.engine import make_engine
from kmop_lifecycle.adapters.store.tables import CASE, DEADLINE, HISTORY, NOTICE
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.bootstrap import rehearsal
from kmop_lifecycle.domain.calendar import months_later
from kmop_lifecycle.domain.case import SYSTEM, Actor
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.house import House, Limits
from kmop_lifecycle.service.sweep import sweep
from tests.benchmarks.databases import Databases
from tests.benchmarks.timing import tell
from tests.stories import Story, adoption, application, shipped_rules

TODAY = date(2026, 6, 15)
BUREAUS = ("DNV", "Kiwa", "BQA", "CertUp", "LRQA")
_DAY = timedelta(days=1)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_STEP = 50_000
_WAITING = 200  # kinds of cases that wait

Opening = Callable[["Families", date], None]


@dataclass(frozen=True, slots=True)
class Register:
    """A database with so many cases, of which so many are due today."""

    url: str
    cases: int
    due: int
    kinds: int  # different cases among the due ones, before they were copied


def house_on(url: str, chunk: int = 1_000) -> tuple[House, Any]:
    """Return a house on this database, with its clock."""
    house, clock = rehearsal(shipped_rules())
    store = open_store(make_engine(url))
    clock.set(TODAY)
    return replace(house, store=store, limits=Limits(sweep_chunk=chunk)), clock


def days_for(share: float) -> int:
    """Return over how many days that share fell due: a day's work, a week's, a long silence's."""
    return 1 if share <= 0.01 else 7 if share <= 0.1 else 60


def build(where: Databases, cases: int, share: float) -> Register:
    """Build one in which a share of the cases is due."""
    days = [TODAY - n * _DAY for n in range(days_for(share))]
    return build_of(where, cases, round(cases * share), lambda families: families.due(days))


def build_of(
    where: Databases, cases: int, ready: int, opening: Callable[[Families], list[int]]
) -> Register:
    """Build one in which so many cases are copies of what `opening` opens; the others wait."""
    url = where.empty()
    house, clock = house_on(url)
    families = Families(house, clock)
    kinds = opening(families) if ready else []
    waiting = families.waiting() if ready < cases else []
    tell(f"copying to {cases} cases")
    _multiply(url, where, kinds, waiting, cases - ready, ready)
    house.store.engine.dispose()  # type: ignore[attr-defined]
    return Register(url, cases, ready, len(set(kinds)))


class Families:
    """The cases that are copied, each lived up to the day before it is due."""

    def __init__(self, house: House, clock: Any) -> None:
        self._house, self._clock, self._n = house, clock, 0
        self._rng = Random(7)

    def due(self, days: list[date]) -> list[int]:
        """Open cases that fall due on these days: five kinds on each, rungs more than ends."""
        ways: tuple[tuple[Opening, int], ...] = (
            (_renewal_rung, 4), (_expiring, 1), (_lapsing, 2), (_starting_follow_up, 1),
            (_waiting_rung, 2),
        )  # fmt: skip
        made = []
        for number, day in enumerate(days):
            tell(f"families: day {number + 1} of {len(days)}")
            before = self._n
            for opening, weight in ways:
                first = self._n + 1
                opening(self, day)
                made += [first] * weight
            self._live(range(before + 1, self._n + 1), day - _DAY)
        return made

    def applied(self) -> list[int]:
        """Open cases that wait for their papers to be confirmed."""
        first = self._n + 1
        for n in range(20):
            self.submit(TODAY - timedelta(days=n))
        return list(range(first, self._n + 1))

    def waiting(self) -> list[int]:
        """Open cases whose next date is months or years away."""
        first = self._n + 1
        for n in range(_WAITING):
            self.adopt("basic", TODAY + timedelta(days=400 + 7 * n))
        self._live(range(first, self._n + 1), TODAY)
        return list(range(first, self._n + 1))

    def lived(self, story: Story, days: int) -> int:
        """Take the steps of a story so many days later; return the case's row."""
        number = None
        for change in story.changes:
            event = change.event
            if event.by == SYSTEM:
                continue
            on, data = event.on + days * _DAY, _later(story.asked[event.seq], days)
            if number is None:
                number = self._open(event.trigger, event.by, on, data)
            else:
                self._clock.set(on)
                fire(self._house, Command(event.trigger, event.by, number, data=data))
        return self._n

    def swept(self, ids: range) -> None:
        """Let the clock do what it did to these until today."""
        self._live(ids, TODAY)

    def adopt(self, kind: str, until: date) -> None:
        """Adopt a registration that ends on a day."""
        begun = months_later(until, -24 if kind == "starter" else -60)
        dates = {"valid_from": begun.isoformat(), "valid_until": until.isoformat()}
        self._open(Trigger.ADOPT, Actor.parse("admin:r"), TODAY, adoption(kind=kind, **dates))

    def submit(self, on: date) -> str:
        """Apply on a day."""
        return self._open(Trigger.SUBMIT, Actor.parse("provider:p"), on, application())

    def confirm(self, number: str, on: date) -> None:
        """Have the papers confirmed."""
        self._clock.set(on)
        fire(self._house, confirmation(number, on))

    def _open(self, trigger: Trigger, by: Actor, on: date, data: dict[str, Any]) -> str:
        self._n += 1
        digits = f"04{self._n:06d}"
        data |= {"enterprise_number": f"{digits}{97 - int(digits) % 97:02d}"}
        data |= {"bureau": self._rng.choice(BUREAUS)}
        self._clock.set(on)
        return fire(self._house, Command(trigger, by, data=data)).case

    def _live(self, ids: range, day: date) -> None:
        """Let the clock do what it did to these until a day."""
        self._clock.set(day)
        only = replace(self._house, store=_Only(self._house.store, ids))
        sweep(only, day)


def _later(value: Any, days: int) -> Any:
    """Return what a command says with each of its dates so many days later."""
    if isinstance(value, dict):
        return {name: _later(one, days) for name, one in value.items()}
    if isinstance(value, list):
        return [_later(one, days) for one in value]
    if isinstance(value, str) and _ISO.fullmatch(value):
        return (date.fromisoformat(value) + days * _DAY).isoformat()
    return value


def confirmation(number: str, on: date) -> Command:
    """Return what a bureau says when all papers are there."""
    papers = ("declaration_signed_on", "knowledge_test_passed_on", "quote_accepted_on")
    data = dict.fromkeys(papers, on.isoformat())
    return Command(Trigger.CONFIRM_PREPARED, Actor.parse("bureau:plan"), number, data=data)


class _Only:
    """A store in which only some cases fall due."""

    def __init__(self, store: Any, ids: range) -> None:
        self._store, self._ids = store, ids

    def __call__(self, *, reading: bool = False) -> Any:
        uow = self._store(reading=reading)
        due = uow.due
        uow.due = lambda today, within=None: [i for i in due(today, within) if i in self._ids]
        return uow


def _renewal_rung(families: Families, day: date) -> None:
    families.adopt("basic", months_later(day, 12))


def _expiring(families: Families, day: date) -> None:
    families.adopt("basic", day - _DAY)


def _lapsing(families: Families, day: date) -> None:
    families.submit(months_later(day - _DAY, -12))


def _starting_follow_up(families: Families, day: date) -> None:
    families.adopt("starter", months_later(day, 6))


def _waiting_rung(families: Families, day: date) -> None:
    applied = day - timedelta(days=43 + 7 * 3)
    families.confirm(families.submit(applied), applied + timedelta(days=10))


def _multiply(
    url: str, where: Databases, due: list[int], waiting: list[int], idle: int, ready: int
) -> None:
    """Copy the families; due and waiting ones lie mixed, as in life."""
    engine = make_engine(url)
    first = 10_000_000 if len(due) + len(waiting) > idle + ready else 1 + max(due + waiting)
    slots = [(first + i, due[i % len(due)]) for i in range(ready)]
    slots += [(first + ready + i, waiting[i % len(waiting)]) for i in range(idle)]
    ids = [new for new, _ in slots]
    Random(11).shuffle(ids)
    pairs = sorted(zip(ids, (old for _, old in slots), strict=True))
    copying = _COPY[where.postgres]
    with engine.begin() as connection:
        connection.execute(text("CREATE TEMPORARY TABLE slot (new BIGINT, old BIGINT)"))
        for start in range(0, len(pairs), _STEP):
            tell(f"copying: {start} of {len(pairs)}")
            connection.execute(text("DELETE FROM slot"))
            some = [{"new": new, "old": old} for new, old in pairs[start : start + _STEP]]
            connection.execute(text("INSERT INTO slot VALUES (:new, :old)"), some)
            for statement in copying:
                connection.execute(text(statement))
        _forget(connection, first, postgres=where.postgres)
        _count_on(connection, first + len(slots), postgres=where.postgres)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if where.postgres:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


_ENTERPRISE = {False: "printf('%010d', s.new)", True: "lpad(s.new::text, 10, '0')"}
_NUMBER = {
    False: "printf('%s-%06d', substr(c.number, 1, 4), s.new)",
    True: "left(c.number, 4) || '-' || lpad(s.new::text, greatest(6, length(s.new::text)), '0')",
}
_FACTS = {
    False: "json_set(c.facts, '$.number', {number}, '$.enterprise', {enterprise})",
    True: "(c.facts::jsonb || jsonb_build_object('number', {number}) "
    "|| jsonb_build_object('enterprise', {enterprise}))::json",
}
_OPENED = {
    False: "json_set(h.facts, '$.enterprise', {enterprise})",
    True: "(h.facts::jsonb || jsonb_build_object('enterprise', {enterprise}))::json",
}


def _copying(*, postgres: bool) -> list[str]:
    """Write the statements that copy a family to its slots, column by column."""
    words = {"number": _NUMBER[postgres], "enterprise": _ENTERPRISE[postgres]}
    opened = _OPENED[postgres].format(**words)
    own: dict[Table, dict[str, str]] = {
        CASE: {"facts": _FACTS[postgres].format(**words), "id": "s.new", **words},
        HISTORY: {"facts": f"CASE seq WHEN 1 THEN {opened} ELSE h.facts END"},
        DEADLINE: {},
        NOTICE: {},
    }
    return [_copy(table, mine) for table, mine in own.items()]


def _copy(table: Table, own: dict[str, str]) -> str:
    key, short = ("id" if table is CASE else "case_id"), table.name[0]
    own = {key: "s.new"} | own
    names = [c.name for c in table.columns if (table.name, c.name) != ("notice", "id")]
    into = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(own.get(name, f'{short}."{name}"') for name in names)
    return (
        f'INSERT INTO "{table.name}" ({into}) SELECT {values} FROM slot s '  # noqa: S608
        f'JOIN "{table.name}" {short} ON {short}.{key} = s.old ORDER BY s.new'
    )


_COPY = {postgres: _copying(postgres=postgres) for postgres in (False, True)}


def _forget(connection: Connection, first: int, *, postgres: bool) -> None:
    """Take the families themselves away."""
    if postgres:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
    else:
        connection.execute(text("DROP TRIGGER history_no_delete"))
    for table in (NOTICE, DEADLINE, HISTORY):
        connection.execute(delete(table).where(table.c.case_id < first))
    connection.execute(delete(CASE).where(CASE.c.id < first))


def _count_on(connection: Connection, number: int, *, postgres: bool) -> None:
    """Let the next application have a number that no copy has."""
    given = {"id": number, "on": TODAY}
    connection.execute(text('INSERT INTO case_number (id, "on") VALUES (:id, :on)'), given)
    if postgres:
        owned = "pg_get_serial_sequence('case_number', 'id')"
        connection.execute(text(f"SELECT setval({owned}, :id)"), {"id": number})
