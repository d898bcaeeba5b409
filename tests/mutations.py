"""Plants five defects, one at a time, in a copy of the program: a named test must catch each.

`python -m tests.mutations` says for each which test is asked, that it passes on the program as it
is, and that it fails on the copy with the defect. It ends with 1 when a defect went unseen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("kmop_lifecycle", "flows", "tests", "config", "pyproject.toml", "README.md")


@dataclass(frozen=True)
class Mutation:
    """One defect: what is written in place of what, and the test that must see it."""

    name: str
    file: str
    was: str
    becomes: str
    test: str


MUTATIONS = (
    Mutation(
        "drop the version check",
        "kmop_lifecycle/adapters/store/cases.py",
        'CASE.c.version == bindparam("of_version")',
        'CASE.c.version > 0 * bindparam("of_version")',
        "tests/contract/test_unit_of_work.py::"
        "test_who_saw_a_version_that_is_not_is_told_whatever_his_history_row",
    ),
    Mutation(
        "commit before the notice row",
        "kmop_lifecycle/adapters/store/cases.py",
        "        self.add_notices(change.notices, at)\n",
        "        self.commit()\n        self._connection.begin()\n"
        "        self.add_notices(change.notices, at)\n",
        "tests/integration/test_kills.py::test_killed_anywhere_and_done_again_the_end_is_the_same",
    ),
    Mutation(
        "= instead of <=",
        "kmop_lifecycle/domain/reminders.py",
        "if r.on(instance.anchor.on) <= today]",
        "if r.on(instance.anchor.on) == today]",
        "tests/unit/test_sweep.py::test_a_late_sweep_sends_the_newest_rung_and_records_the_others",
    ),
    Mutation(
        "retry a permanent failure",
        "kmop_lifecycle/service/attempts.py",
        'return replace(row, status="dead")',
        "return _later(row, outcome, now)",
        "tests/unit/test_deliver.py::test_a_bad_address_is_dead_and_the_others_go_on",
    ),
    Mutation(
        "skip the re-read before sending",
        "kmop_lifecycle/service/deliver.py",
        "if not still_holds(row.notice, case, house.rules, today):",
        "if False:",
        "tests/unit/test_deliver.py::test_a_reminder_that_no_longer_holds_is_never_mail",
    ),
)


def passes(folder: Path, test: str) -> bool:
    """Run one test in a copy, with the copy's own program."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout.decode()[-2000:])
    return done.returncode == 0


def copied(folder: Path) -> Path:
    """Copy what a test needs."""
    for room in ROOMS:
        if (ROOT / room).is_dir():
            shutil.copytree(ROOT / room, folder / room)
        else:
            shutil.copy(ROOT / room, folder / room)
    return folder


def caught(mutation: Mutation, folder: Path) -> bool:
    """Tell whether the test passes without the defect and fails with it."""
    file = folder / mutation.file
    text = file.read_text(encoding="utf-8")
    if text.count(mutation.was) != 1:
        msg = f"{mutation.file} does not say {mutation.was!r} once"
        raise LookupError(msg)
    if not passes(folder, mutation.test):
        return False
    file.write_text(text.replace(mutation.was, mutation.becomes), encoding="utf-8")
    try:
        return not passes(folder, mutation.test)
    finally:
        file.write_text(text, encoding="utf-8")


def main() -> int:
    """Plant all of them."""
    unseen = 0
    with tempfile.TemporaryDirectory(prefix="kmop-mutations-") as name:
        folder = copied(Path(name))
        for mutation in MUTATIONS:
            found = caught(mutation, folder)
            unseen += not found
            print(f"{'caught' if found else 'UNSEEN'}  {mutation.name}: {mutation.test}")  # noqa: T201
    return bool(unseen)


if __name__ == "__main__":
    sys.exit(main())
