"""Whatever is put in at a door, the answer is the product's own: done, or refused in words."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows import steps
from flows import submit_application as submitting
from flows import sweep_deadlines as sweeping
from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.rulebook_files import load_rulebook
from kmop_lifecycle.cli import main
from kmop_lifecycle.cli.options import read_day
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.lifecycle import Role, Trigger
from kmop_lifecycle.service.fire import Command, fire
from tests.fakes import Office
from tests.stories import ROOT, application, prepared

MORE = int(os.environ.get("KMOP_TEST_FUZZ", "1"))  # so many times the usual number of examples
RULES = ROOT / "config" / "rulebook"
BOOK = {file.name: file.read_text(encoding="utf-8").splitlines() for file in RULES.glob("*.toml")}
ANSWERED = {0, 1, 2, 3, 4, 5, 6}  # never 70, a defect of this program

text = st.text(max_size=30)
scalar = st.none() | st.booleans() | st.integers() | st.floats() | text | st.dates().map(str)
tree = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3)
)
FIELDS = (*application(), "verdict", "scores", "hours", "report", "reason", "measures", "until")
data = st.dictionaries(st.sampled_from(FIELDS) | text, tree, max_size=5)
# Nearly right: one field of a right application is something else.
nearly = st.builds(lambda name, value: application(**{name: value}), st.sampled_from(FIELDS), tree)
actor = st.builds(lambda role, name: f"{role}:{name}", st.sampled_from([*Role]), text) | text
VALUES = ('""', "[]", "{}", "true", "-1", "0", "nan", "1e400", "9" * 30, "1979-05-27", "'x'")
cell = st.sampled_from(VALUES) | text


@pytest.fixture
def office() -> Office:
    office = Office()
    office.live(prepared())
    return office


def refusal(work: Callable[[], object]) -> LifecycleError | None:
    """Do something; return how the product refused it, if so; another error fails."""
    try:
        work()
    except LifecycleError as told:
        return told
    return None


@settings(max_examples=60 * MORE)
@given(
    st.sampled_from(sorted(BOOK)), st.integers(0, 10_000), cell,
    st.sampled_from(["value", "key", "gone", "twice", "line"]),
)  # fmt: skip
def test_a_rule_book_with_a_line_changed_is_read_or_refused(tmp_path: Path, name, at, new, how):
    lines = list(BOOK[name])
    at %= len(lines)
    key, sign, value = lines[at].partition("=")
    lines[at : at + 1] = {
        "value": [f"{key}{sign}{new}"],
        "key": [f"{new}{sign}{value}"],
        "gone": [],
        "twice": [lines[at]] * 2,
        "line": [new],
    }[how]
    folder = shutil.copytree(RULES, tmp_path / "rulebook", dirs_exist_ok=True)
    (folder / name).write_text("\n".join(lines), encoding="utf-8", errors="replace")
    told = refusal(lambda: load_rulebook(folder))
    assert told is None or told.message.startswith("rule book: ")
    assert told is None or "\n" not in told.message


@settings(max_examples=40 * MORE)
@given(text | st.dates().map(str) | st.datetimes().map(str))
@example("2026-02-30")
@example("\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661")
@example("2026-W01-1")
def test_a_date_is_one_or_is_refused(said):
    told = refusal(lambda: read_day(said))
    assert told is None or told.hint


@settings(max_examples=40 * MORE)
@given(actor)
@example(":")
@example("admin:\x00")
def test_an_actor_is_one_or_is_refused(said):
    told = refusal(lambda: Actor.parse(said))
    assert told is None or told.message


@settings(max_examples=100 * MORE)
@given(st.sampled_from([*Trigger]), actor, data | nearly, st.none() | st.dates())
def test_a_command_is_done_or_refused(office, trigger, by, told, on):
    case = None if trigger in (Trigger.SUBMIT, Trigger.ADOPT) else "2026-000001"
    refused = refusal(
        lambda: fire(office.house, Command(trigger, Actor.parse(by), case, on=on, data=told))
    )
    assert refused is None or refused.message


@settings(max_examples=60 * MORE)
@given(
    st.sampled_from([*Trigger]) | text, actor,
    data.map(json.dumps) | nearly.map(json.dumps) | tree.map(json.dumps) | text, text,
)  # fmt: skip
@example("submit", "provider:a", "[" * 100_000, "2026-01-05")
@example("submit", "provider:a", "9" * 5_000, "2026-01-05")
@example("submit", "provider:a", "@/", "2026-01-05")
def test_the_command_line_answers_whatever_it_is_told(office, trigger, by, told, on):
    with bootstrap.standing_in(office.house):
        step = ["fire", "-", str(trigger), "--by", by, "--data", told, "--dry-run", "--json"]
        assert main(step) in ANSWERED
        assert main([*step, "--on", on]) in ANSWERED


def ended(flow, **parameters) -> str:
    state = asyncio.run(flow.fn(**parameters))
    return f"{state.type.value}: {state.message}"


@settings(max_examples=40 * MORE)
@given(st.sampled_from([*steps.FORMS]), text, text, st.data())
def test_a_form_filled_in_with_anything_ends_in_one_line(office, trigger, case, user, drawn):
    flow = steps.FORMS[trigger]
    names = set(inspect.signature(flow.fn).parameters) - {"case", "user"}
    more = {name: drawn.draw(tree) for name in sorted(names)}
    with bootstrap.standing_in(office.house):
        told = ended(flow, case=case or "2026-000001", user=user, **more)
    assert told.startswith(("COMPLETED", "FAILED"))


@settings(max_examples=40 * MORE)
@given(data | nearly, text, text)
def test_an_application_of_anything_ends_in_one_line(office, form, role, user):
    with bootstrap.standing_in(office.house):
        told = ended(submitting.submit_application, application=form, role=role, user=user)
    assert told.startswith(("COMPLETED", "FAILED"))


@settings(max_examples=10 * MORE)
@given(st.dates())
def test_a_sweep_of_any_day_is_done_or_refused(office, day):
    with bootstrap.standing_in(office.house):
        told = ended(sweeping.sweep_deadlines, today=day, dry_run=True)
    assert told.startswith(("COMPLETED", "FAILED"))
