"""README says what is: its generated block, its commands, its pictures."""

from __future__ import annotations

import re

from kmop_lifecycle.cli.program import COMMANDS
from kmop_lifecycle.domain.lifecycle import STEPS, State
from kmop_lifecycle.domain.render import mermaid, readme_block, table
from tests.stories import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_lifecycle_in_the_readme_is_the_page():
    block = README.split("<!-- lifecycle:begin -->\n")[1].split("<!-- lifecycle:end -->")[0]

    assert block == readme_block()


def test_every_step_has_its_line_in_the_table():
    assert len(table().splitlines()) == len(STEPS) + 2


def test_the_picture_marks_where_a_case_stands():
    assert "class follow_up now" in mermaid(State.FOLLOW_UP)
    assert "class" not in mermaid()


def test_every_command_the_readme_names_exists():
    named = set(re.findall(r"\bkmop ([a-z]+)", README)) - {"is"}

    assert named <= {entry.name for entry in COMMANDS}


def test_every_file_the_readme_shows_exists():
    for place in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / place).exists(), place
