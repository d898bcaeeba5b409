"""The command line as the tests use it: a database of its own, a clock that can be set."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.cli import main
from tests.stories import application

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "config"
FIRST = "2026-000001"
Step = tuple[str, str, str, dict[str, Any]]

PAPERS = {
    "declaration_signed_on": "2026-01-08",
    "knowledge_test_passed_on": "2026-01-07",
    "quote_accepted_on": "2026-01-15",
}
SUBMIT: Step = ("2026-01-05", "submit", "provider:acme", application())
PREPARE: Step = ("2026-01-20", "confirm_prepared", "bureau:plan", PAPERS)
START: Step = ("2026-02-10", "start_visit", "auditor:an", {})
CLOSE: Step = (
    "2026-02-11",
    "close_visit",
    "auditor:an",
    {"scores": "all T", "report_approved_on": "2026-02-10"},
)
FINISH: Step = ("2026-02-18", "finish_report", "auditor:an", {"hours": 8, "report": "R-1"})
PASS: Step = ("2026-02-24", "give_verdict", "committee:bo", {"verdict": "pass"})
REGISTER: Step = ("2026-03-16", "register", "authority:vlaio", {})
LIFE = (SUBMIT, PREPARE, START, CLOSE, FINISH, PASS, REGISTER)


@dataclass(frozen=True)
class Ran:
    """What one command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        read: dict[str, Any] = json.loads(self.out)
        return read


class CommandLine:
    """`kmop(...)` runs a command in this process on a database in this test's folder."""

    def __init__(
        self,
        url: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self._capsys, self._patch = capsys, monkeypatch
        self.database = Path(url.removeprefix("sqlite:///"))
        self.folder = self.database.parent
        self.clock = SimulatedClock(date(2026, 1, 5))
        monkeypatch.chdir(self.folder)
        self.set(CONFIG_DIR=str(CONFIG), DATABASE_URL=url)
        monkeypatch.setattr(bootstrap, "SystemClock", lambda: self.clock)
        self._engines = self._remember_engines()

    def set(self, **variables: str) -> None:
        """Set variables of the environment."""
        for name, value in variables.items():
            self._patch.setenv(f"KMOP_{name}", value)

    def on(self, day: str) -> CommandLine:
        """Make it this day."""
        self.clock.set(date.fromisoformat(day))
        return self

    def __call__(self, *args: object) -> Ran:
        """Run one command."""
        code = main([str(arg) for arg in args])
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    def done(self, *args: object) -> dict[str, Any]:
        """Run one command that must succeed, and return its JSON."""
        ran = self(*args, "--json")
        assert ran.code == 0, ran
        return ran.json

    def step(self, step: Step, *more: str, case: str = FIRST) -> Ran:
        """Fire one step on its day."""
        day, trigger, by, data = step
        number = "-" if trigger in ("submit", "adopt") else case
        text = json.dumps(data)
        return self.on(day)("fire", number, trigger, "--by", by, "--data", text, "--json", *more)

    def live(self, *steps: Step) -> None:
        """Fire steps that must succeed."""
        for step in steps:
            ran = self.step(step)
            assert ran.code == 0, (step, ran)

    def write(self, name: str, content: object) -> Path:
        """Write a file: text as it is, anything else as JSON."""
        path = self.folder / name
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        return path

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything the database holds."""
        connection = sqlite3.connect(self.database)
        try:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {
                name: connection.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608
                for (name,) in names.fetchall()
            }
        finally:
            connection.close()

    def close(self) -> None:
        """Close what the commands opened; a process of its own would have ended."""
        for engine in self._engines:
            engine.dispose()

    def _remember_engines(self) -> list[Any]:
        engines: list[Any] = []
        original = bootstrap.database

        def remembering(settings: Any) -> Any:
            engines.append(original(settings))
            return engines[-1]

        self._patch.setattr(bootstrap, "database", remembering)
        return engines
