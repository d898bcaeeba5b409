"""The command line's help: every command with an example, and nothing heavy imported for it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from kmop_lifecycle.cli import main
from kmop_lifecycle.cli.program import COMMANDS

HEAVY = ("prefect", "sqlmodel", "sqlalchemy", "apprise", "pydantic", "transitions", "rich")
GROUPS = {
    "cluster": ("up", "status"),
    "case": ("list", "show", "history", "explain", "timeline"),
    "contact": ("list", "add", "change", "remove", "mute", "unmute"),
    "notice": ("preview", "gallery"),
    "rules": ("check", "show"),
    "deliveries": ("list", "pause", "hold", "resume", "retry"),
    "db": ("upgrade", "check", "current"),
}
WRITTEN = [
    entry for entry in COMMANDS if find_spec(f"kmop_lifecycle.cli.{entry.place.split(':')[0]}")
]
PAGES = [(entry.name,) for entry in WRITTEN] + [
    (group, name) for group, names in GROUPS.items() for name in names
]
GROUPED = {(group,) for group in GROUPS}
WITHOUT_JSON = {("up",), ("demo",), ("cluster", "up"), *GROUPED}


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_every_command_has_help_with_an_example(page, capsys):
    assert main([*page, "--help"]) == 0
    text = capsys.readouterr().out
    assert f"Usage: kmop {' '.join(page)}" in text
    example = text.split("Example:\n")[1].strip()
    assert example.startswith(f"kmop {page[0]}")


@pytest.mark.parametrize("page", [p for p in PAGES if p not in WITHOUT_JSON], ids=" ".join)
def test_every_command_answers_in_json(page, capsys):
    main([*page, "--help"])
    assert "--json" in capsys.readouterr().out


def test_the_first_page_lists_every_command(capsys):
    assert main(["-h"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {entry.name} " in text and entry.purpose in text for entry in COMMANDS)


def test_no_command_at_all_is_a_question_for_help(capsys):
    assert main([]) == 2
    assert "Usage: kmop" in capsys.readouterr().err


def test_the_version_is_named(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("kmop ")


def test_help_imports_nothing_heavy():
    script = (
        "import sys\n"
        "from kmop_lifecycle.cli import main\n"
        "main(['--help'])\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)\n"
    )
    ran = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert ran.stderr.strip() == "[]"
