"""The house keeps its shape: small rooms, one clock, one gate."""

from __future__ import annotations

import ast
import re
from statistics import median

import pytest

from tests.stories import ROOT

FILES = sorted([*(ROOT / "kmop_lifecycle").rglob("*.py"), *(ROOT / "flows").rglob("*.py")])
SOURCES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in FILES}
CODE = {name: text for name, text in SOURCES.items() if "/migrations/" not in name}
BANNED = {"utils", "helpers", "common", "manager", "base"}


def _functions():
    for name, text in CODE.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


@pytest.mark.parametrize("name", list(CODE))
def test_a_module_has_one_subject_and_says_so(name):
    text = CODE[name]

    assert len(text.splitlines()) <= 250
    assert (ast.get_docstring(ast.parse(text)) or "").strip()
    assert name.rsplit("/", 1)[-1].removesuffix(".py") not in BANNED


def test_functions_are_short():
    sizes = dict(_functions())

    assert {name: size for name, size in sizes.items() if size > 40} == {}
    assert median(sizes.values()) <= 10


def test_the_time_is_read_in_one_file():
    asking = {
        name
        for name, text in SOURCES.items()
        for word in ("datetime.now(", "date.today(", "utcnow(", "time.time(")
        if word in text
    }

    assert asking == {"kmop_lifecycle/adapters/clock.py"}


def test_only_the_gate_records_a_change():
    service = {name: text for name, text in CODE.items() if "/adapters/" not in name}
    recording = {name for name, text in service.items() if ".record(" in text}
    opening = {name for name, text in service.items() if ".open_cases(" in text}

    assert recording == {"kmop_lifecycle/service/fire.py"}
    assert opening == {"kmop_lifecycle/service/admission.py"}


def test_every_flow_reads_the_secrets_that_lie_in_prefects_blocks():
    assert {
        name for name, text in CODE.items() if "bootstrap.house(" in text and "flows" in name
    } == {"flows/blocks.py"}


def test_no_file_of_this_machine_or_of_a_registry_is_named():
    for path in [*ROOT.glob("deploy/*"), *ROOT.glob("config/**/*.toml"), ROOT / "README.md"]:
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert str(ROOT) not in text
            assert "files.pythonhosted" not in text


@pytest.mark.parametrize("name", SOURCES)
def test_an_exception_from_a_security_rule_says_why(name):
    bare = re.compile(r"noqa: [A-Z0-9, ]*\bS\d{3}[A-Z0-9, ]*$")
    assert [line for line in SOURCES[name].splitlines() if bare.search(line)] == []
