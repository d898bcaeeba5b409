"""Two versions of the program at work on one database: steps that add, steps that take away."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from kmop_lifecycle.adapters.store import engine as database
from kmop_lifecycle.adapters.store import migrate, revision
from kmop_lifecycle.adapters.store.revision import Phase
from kmop_lifecycle.adapters.store.unit_of_work import open_store
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import ConfigurationError, TryAgain
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.service.verify import verify
from tests.fakes import Office
from tests.integration.command_line import CommandLine
from tests.killing import opened
from tests.narrowing import Shape, narrowed, shape
from tests.racing import race
from tests.stored import AT_WORK, fill, work_as

TODAY = date(2026, 11, 24)
PLANNER = Actor.parse("bureau:plan")
PATIENCE = 120.0  # seconds, for who stands in a row on a busy machine
STEP = '''"""{what}."""

import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = "{before}"
phase = "{phase}"


def upgrade():
    {up}


def downgrade():
    {down}
'''
HEAD = revision.newest()
NEXT, AFTER, THIRD = (f"{int(HEAD) + ahead:04}" for ahead in (1, 2, 3))
Scripts = Callable[..., Path]


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    command_line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield command_line
    command_line.close()


@pytest.fixture
def scripts(tmp_path: Path) -> Scripts:
    """Write steps that follow those there are; a program that has them is the next version."""

    def written(*steps: tuple[str, str, str], name: str = "next") -> Path:
        folder = tmp_path / name
        shutil.copytree(revision.SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for ahead, (phase, up, down) in enumerate(steps, 1):
            told = {"name": f"{int(HEAD) + ahead:04}", "before": f"{int(HEAD) + ahead - 1:04}"}
            body = STEP.format(what=f"Made up {ahead}", phase=phase, up=up, down=down, **told)
            (folder / "versions" / f"{told['name']}_made_up.py").write_text(body)
        return folder

    return written


@pytest.fixture
def as_version(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """Let what follows be done by the program that has these steps."""
    return lambda folder: monkeypatch.setattr(revision, "SCRIPTS", folder)


RENAMED = (  # a column gets another name: added, filled by the new programs, the old one dropped
    ("expand", 'op.add_column("party", sa.Column("title", sa.String()))',
     'op.drop_column("party", "title")'),
    ("contract", 'op.drop_column("party", "name")',
     'op.add_column("party", sa.Column("name", sa.String(), nullable=False, server_default=""))'),
)  # fmt: skip


def house_of(engine: Engine, day: date = TODAY):
    return replace(Office().on(str(day)).house, store=open_store(engine))


def test_each_step_says_its_phase_and_alembic_reads_the_same():
    found = migrate.scripts()
    assert [
        (s.revision, s.module.phase, s.doc.partition(".\n")[0].rstrip(".")) for s in found
    ] == [(step.revision, step.phase, step.what) for step in revision.steps()]
    assert [s.down_revision for s in found[1:]] == [s.revision for s in found[:-1]]


def test_no_step_that_adds_takes_anything_from_the_program_before(bare_url):
    shapes: dict[str, Shape] = {}
    with opened(bare_url) as engine:
        for step in revision.steps():
            migrate.upgrade(engine, step.revision)
            with engine.connect() as connection:
                shapes[step.revision] = shape(connection)
    taken = {
        step.revision: narrowed(shapes[before.revision], shapes[step.revision])
        for before, step in zip(revision.steps(), revision.steps()[1:], strict=False)
        if step.phase is Phase.EXPAND
    }
    assert {name: words for name, words in taken.items() if words} == {}
    assert len(taken) == len(revision.steps()) - 1  # none of the past takes anything away


BATCH = 'with op.batch_alter_table("{}") as b: b.{}'
TAKING = {
    "is gone": 'op.drop_column("party", "facts")',
    "mark.name is gone": 'op.drop_table("mark")',
    "party.name is gone": 'op.alter_column("party", "name", new_column_name="title")',
    "case.number is gone": 'op.rename_table("case", "dossier")',
    "may no longer be empty": BATCH.format("case", 'alter_column("renews", nullable=False)'),
    "must be given": BATCH.format(
        "mark", 'add_column(sa.Column("of", sa.Integer(), nullable=False))'
    ),
    "was INTEGER": BATCH.format(
        "case", 'alter_column("version", type_=sa.String(), postgresql_using="version::text")'
    ),
    "no longer filled in": BATCH.format("notice", 'alter_column("resends", server_default=None)'),
    "new unique": 'op.create_index("one", "mark", ["value"], unique=True)',
    "new check": BATCH.format("mark", 'create_check_constraint("short", "length(value) < 9")'),
    "new reference": BATCH.format(
        "party_change", 'create_foreign_key("fk", "party", ["enterprise"], ["enterprise"])'
    ),
    "lost a unique": BATCH.format("case", 'drop_constraint("uq_case_number", type_="unique")'),
}  # fmt: skip


@pytest.mark.parametrize("words", TAKING)
def test_a_step_that_takes_something_is_found(words, bare_url, scripts, as_version):
    with opened(bare_url) as engine:
        migrate.upgrade(engine)
        with engine.connect() as connection:
            before = shape(connection)
        as_version(scripts(("expand", TAKING[words], "pass")))
        migrate.upgrade(engine)
        with engine.connect() as connection:
            assert any(words in line for line in narrowed(before, shape(connection)))


@pytest.mark.parametrize("was", AT_WORK)
def test_programs_of_before_go_on_after_the_adding_steps(was, bare_url):
    """What each of them wrote in its day, it may write beside the program of today."""
    fill(bare_url, was)
    migrate.upgrade(bare_url, phase=Phase.EXPAND)
    with opened(bare_url) as engine:
        house = house_of(engine)
        assert sweep(house, TODAY).failed == []
        work_as(bare_url, was)
        assert (verify(house).breaches, verify(house).cases) == ([], 16)
        later = house_of(engine, date(2026, 12, 24))
        swept = sweep(later, date(2026, 12, 24))
        assert swept.failed == []
        assert swept.notices.total() > 0  # the reminders of what the old one took in
        migrate.upgrade(engine, phase=Phase.CONTRACT)
        assert verify(later).breaches == []
        assert migrate.check(engine) == []


def test_old_and_new_side_by_side_until_the_old_one_is_gone(bare_url, scripts, as_version):
    """This program is the old one; the next has two steps more."""
    here, beyond = revision.SCRIPTS, scripts(*RENAMED)
    fill(bare_url, HEAD)
    with opened(bare_url) as old:
        house = house_of(old)
        sweep(house, TODAY)  # its connections and prepared statements are of before
        as_version(beyond)
        assert (revision.needed(), revision.newest()) == (NEXT, AFTER)
        with pytest.raises(ConfigurationError, match=f"this program needs {NEXT}"):
            revision.must_fit(old)
        with pytest.raises(ConfigurationError, match=f"{NEXT} must come first"):
            migrate.upgrade(bare_url, phase=Phase.CONTRACT)
        migrate.upgrade(bare_url, phase=Phase.EXPAND)
        assert migrate.current(bare_url) == NEXT
        with opened(bare_url) as new:
            revision.must_fit(new)
            with new.begin() as connection:
                connection.execute(text("UPDATE party SET title = 'of the new program'"))
            as_version(here)
            revision.must_fit(old)  # a process of the old one that starts now
            migrate.upgrade(bare_url)  # and one that begins by bringing the tables up to date
            work_as(bare_url, HEAD)
            assert sweep(house, TODAY).failed == []
            assert verify(house).breaches == []
            as_version(beyond)
            with new.connect() as connection:
                titles = connection.execute(text("SELECT count(title) FROM party")).scalar()
                assert (
                    titles == connection.execute(text("SELECT count(*) FROM party")).scalar() - 1
                )
            migrate.upgrade(bare_url, phase=Phase.CONTRACT)
            revision.must_fit(new)
        as_version(here)
        with pytest.raises(ConfigurationError, match=f"at revision {AFTER}") as refused:
            revision.must_fit(old)
        assert "newer program" in refused.value.hint
        with pytest.raises(ConfigurationError, match="newer"):
            migrate.upgrade(bare_url)
        as_version(beyond)
        migrate.downgrade(bare_url, HEAD)
        as_version(here)
        assert migrate.check(old) == []
        assert verify(house).breaches == []


def said_again(what: Callable[[], Any]) -> Any:
    """Do it, and again while the database is busy, as a person would; not for ever."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return what()
        except TryAgain:
            if time.monotonic() > end:
                raise


@pytest.mark.postgres
def test_nobody_at_work_notices_that_the_tables_are_added_to(bare_postgres_url, scripts, tmp_path):
    """Two processes of the old version take steps meanwhile and afterwards; none is refused."""
    bare_url, beyond = bare_postgres_url, scripts(*RENAMED)
    fill(bare_url, HEAD)

    def since() -> bool:
        with opened(bare_url) as engine:
            revision.must_fit(engine)  # as a process that starts now
            return migrate.current(engine) == NEXT

    def at_work(case: str):
        def work(store) -> list[int]:
            house = replace(Office().on(str(TODAY)).house, store=store)
            done, end = [0, 0], time.monotonic() + PATIENCE  # before and since
            while done[1] < 6 and time.monotonic() < end:
                later = said_again(since)
                for step in (Trigger.PAUSE, Trigger.RESUME):
                    key, why = f"{case} {sum(done)}", {"reason": "in between"}
                    command = Command(step, PLANNER, case, data=why, key=key)
                    said_again(lambda command=command: fire(house, command))
                    done[later] += 1
            return done

        return work

    def migrating(_) -> str | None:
        revision.SCRIPTS = beyond  # a process of its own, of the next version
        said_again(lambda: migrate.upgrade(bare_url, phase=Phase.EXPAND))
        return migrate.current(bare_url)

    told = race(bare_url, tmp_path, [at_work("2026-000009"), at_work("2026-000011"), migrating])
    assert told[2] == NEXT
    assert all(later >= 6 for _, later in told[:2])
    with opened(bare_url) as engine:
        report = verify(house_of(engine))
    assert report.breaches == []
    assert report.events == 17 + sum(sum(done) for done in told[:2])


def test_everything_at_once_is_what_one_machine_says(bare_url, scripts, as_version):
    fill(bare_url, HEAD)
    as_version(scripts(*RENAMED))
    migrate.upgrade(bare_url)
    assert migrate.current(bare_url) == AFTER
    assert revision.pending(AFTER) == ()
    for phase in Phase:
        migrate.upgrade(bare_url, phase=phase)
    assert migrate.current(bare_url) == AFTER


def test_an_empty_database_has_no_old_program(bare_url, scripts, as_version):
    as_version(scripts(*RENAMED))
    migrate.upgrade(bare_url, phase=Phase.EXPAND)
    assert migrate.current(bare_url) == AFTER


def test_an_upgrade_that_skips_a_version_cannot_be_taken_in_phases(bare_url, scripts, as_version):
    fill(bare_url, HEAD)
    later = ("expand", 'op.add_column("party", sa.Column("more", sa.String()))', "pass")
    as_version(scripts(*RENAMED, later))
    assert revision.needed() == THIRD
    with pytest.raises(ConfigurationError, match=f"{THIRD} can only come after {AFTER}") as told:
        migrate.upgrade(bare_url, phase=Phase.EXPAND)
    assert "end them all" in told.value.hint
    assert migrate.current(bare_url) == HEAD
    migrate.upgrade(bare_url)
    assert migrate.current(bare_url) == THIRD


def test_a_step_without_a_phase_is_refused(scripts, as_version):
    folder = scripts(("later", "pass", "pass"))
    as_version(folder)
    with pytest.raises(ConfigurationError, match=r"made_up.py does not say when") as told:
        revision.newest()
    assert "phase" in told.value.hint


@pytest.mark.postgres
def test_a_step_waits_for_those_at_work_only_so_long(
    bare_postgres_url, scripts, as_version, monkeypatch
):
    """Whoever comes after it in the row would wait as well."""
    fill(bare_postgres_url, HEAD)
    as_version(scripts(*RENAMED))
    monkeypatch.setattr(database, "_POSTGRES_OPTIONS", "-c lock_timeout=50ms")
    with opened(bare_postgres_url) as engine, engine.begin() as busy:
        busy.execute(text("SELECT count(*) FROM party"))
        with pytest.raises(TryAgain):
            migrate.upgrade(bare_postgres_url, phase=Phase.EXPAND)
    migrate.upgrade(bare_postgres_url, phase=Phase.EXPAND)
    assert migrate.current(bare_postgres_url) == NEXT


def test_the_command_line_says_what_is_pending(kmop, scripts, as_version):
    as_version(scripts(*RENAMED))
    told = kmop.done("db", "current")
    assert (told["revision"], told["needed"], told["newest"]) == (HEAD, NEXT, AFTER)
    assert [(step["revision"], step["phase"]) for step in told["pending"]] == [
        (NEXT, "expand"),
        (AFTER, "contract"),
    ]
    assert kmop("case", "list").err.endswith("run: kmop db upgrade\n")
    assert kmop("db", "check").code == 6

    assert kmop.done("db", "upgrade", "--phase", "expand")["revision"] == NEXT
    assert f"pending: {AFTER} (contract): Made up 2" in kmop("db", "current").out
    assert kmop("case", "list").code == 0
    assert "finish the upgrade" in kmop("db", "check").err
    database = {f["part"]: f for f in kmop("doctor", "--json").json["findings"]}["database"]
    assert (database["state"], database["repair"][-15:]) == ("note", "kmop db upgrade")

    upgraded = kmop("db", "upgrade", "--phase", "contract")
    assert (upgraded.code, "pending" in upgraded.out) == (0, False)
    assert kmop("db", "upgrade", "--phase", "sideways").code == 2


def test_the_doctor_of_the_version_before_says_that_a_newer_one_is_at_work(
    kmop, scripts, as_version
):
    here = revision.SCRIPTS
    as_version(scripts(*RENAMED))
    kmop.done("db", "upgrade", "--phase", "expand")
    as_version(here)
    database = {f["part"]: f for f in kmop("doctor", "--json").json["findings"]}["database"]
    assert (database["state"], database["repair"]) == (
        "note",
        "install the newer program here too",
    )
    assert kmop("db", "upgrade").code == 0


def test_rules_go_on_record_when_the_old_programs_may_be_gone(kmop, scripts, as_version):
    """A program that misses one that is in force on record refuses to go on."""

    def on_record() -> int:
        return sum(name.startswith("rule:") for name, *_ in kmop.tables()["mark"])

    as_version(scripts(*RENAMED))
    kmop.done("db", "upgrade", "--phase", "expand")
    assert on_record() == 0
    assert kmop("case", "list").code == 0
    kmop.done("db", "upgrade", "--phase", "contract")
    assert on_record() > 0
