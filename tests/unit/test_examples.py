"""The example files are what their maker writes, and the lifecycle takes them all in."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.applications import read_document, read_rows
from kmop_lifecycle.adapters.rulebook_files import load_rulebook
from kmop_lifecycle.domain.attempt import Command
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.decide import decide
from kmop_lifecycle.domain.lifecycle import Role, Trigger
from tests.make_examples import ADOPTIONS, APPLICATIONS, BUREAUS, STARTERS, TARGET, text

CONFIG = Path(__file__).parents[2] / "config"
EXAMPLES = CONFIG / "examples"
ADMIN = Actor(Role.ADMIN, "root")


@pytest.mark.parametrize("name", ["application.yaml", "application.json", "adoption.yaml"])
def test_the_example_documents_are_accepted(name):
    [data] = read_document(EXAMPLES / name)
    trigger = Trigger.ADOPT if "valid_from" in data else Trigger.SUBMIT
    day = date(2026, 1, 10)
    command = Command(trigger, ADMIN, data=data)
    change = decide(command, None, load_rulebook(CONFIG / "rulebook"), day, number="2026-000001")
    assert change.event.warnings == ()


def test_the_example_file_is_what_its_maker_writes():
    assert TARGET.read_bytes().decode("utf-8") == text()


def test_the_example_file_holds_providers_of_every_sort():
    rows = list(read_rows(TARGET))
    triggers = Counter(row.trigger for row in rows)
    assert triggers == {Trigger.SUBMIT: APPLICATIONS, Trigger.ADOPT: ADOPTIONS}
    assert {row.data["bureau"] for row in rows} == set(BUREAUS)
    assert len({row.data["enterprise_number"] for row in rows}) == len(rows)
    for trigger in triggers:
        kinds = {row.data["kind"] for row in rows if row.trigger is trigger}
        assert kinds == {"basic", "exemption", "starter"}
    assert {row.data["contact"]["language"] for row in rows} == {"nl", "fr", "en"}
    assert all(row.data["contact"]["email"].endswith(".example") for row in rows)
    adopted = [row.data for row in rows if row.trigger is Trigger.ADOPT]
    assert sum(data["kind"] == "starter" for data in adopted) == STARTERS
    ends = {data["valid_until"].year for data in adopted}
    assert ends == set(range(2026, 2032))


def test_every_provider_of_the_example_file_is_taken_in():
    rules = load_rulebook(CONFIG / "rulebook")
    for row in read_rows(TARGET):
        command = Command(row.trigger, ADMIN, on=row.on, data=row.data)
        today = row.on or date(2026, 1, 5)
        change = decide(command, None, rules, today, number="2026-000001")
        assert set(change.event.warnings) <= {"theme_ends"}, row
