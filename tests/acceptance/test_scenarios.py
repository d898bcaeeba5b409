"""Every scenario file holds: through the player itself and through `kmop replay --json`."""

import json
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.scenario_files import load_scenario
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.service.replay import replay

_ROOT = Path(__file__).resolve().parents[2]
_HERE = Path(__file__).resolve().parent / "scenarios"
_SHARED = _ROOT.parent / "shared" / "scenarios"
_HAS_CLI = (_ROOT / "kmop_lifecycle" / "cli" / "replay.py").is_file()
_STEP = {"on", "case", "do", "by", "result", "code", "warnings", "state"}
_TRANSITION = {"on", "case", "trigger", "from", "to", "by"}
_NOTICE = {"on", "case", "ladder", "rung", "to", "outcome"}
_CHECK = {"on", "case", "expected", "actual", "ok"}


_FILES = [
    *(pytest.param(file, id=file.stem) for file in sorted(_HERE.glob("*.yaml"))),
    *(pytest.param(file, id=f"shared-{file.stem}") for file in sorted(_SHARED.glob("*.yaml"))),
]


def _play(file, stage):
    return replay(load_scenario(file), *stage)


@pytest.mark.parametrize("file", _FILES)
def test_scenario_holds(file, stage):
    report = _play(file, stage)

    failed = [check for check in report.checks if not check["ok"]]
    assert report.surprises == []
    assert failed == []
    assert report.ok
    assert report.checks, "a scenario without checks proves little"


@pytest.mark.skipif(not _HAS_CLI, reason="the command line is not there yet")
@pytest.mark.parametrize("file", _FILES)
def test_scenario_holds_on_the_command_line(file, monkeypatch, capsys):
    from kmop_lifecycle.cli import main  # noqa: PLC0415  # only where there is one

    monkeypatch.chdir(_ROOT)

    status = main(["replay", str(file), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert told["ok"] is True
    assert set(told) == {"scenario", "ok", "steps", "transitions", "notices", "checks"}
    for rows, fields in (
        ("steps", _STEP), ("transitions", _TRANSITION), ("notices", _NOTICE), ("checks", _CHECK),
    ):  # fmt: skip
        assert all(set(row) == fields for row in told[rows]), rows


_SUBMIT = """\
scenario: One application
steps:
  - {on: 2026-03-02, do: submit, case: a, by: "provider:firm", data: {name: Firm A BV,
      enterprise_number: "0411111140", iban: BE68539007547034,
      services: {training: [innovatie]}, kind: basic, active_since: 2001-01-01, bureau: DNV,
      contact: {name: Jo Maes, email: jo@firm.example, language: nl}}}
"""
_STEP_LINE = '  - {on: 2026-03-03, do: withdraw, case: a, by: "provider:firm"}\n'
_WRONG = {
    "unknown field of the file": (_SUBMIT + "stepz: []\n", "line 1", "stepz"),
    "unknown field of a step": (
        _SUBMIT + _STEP_LINE.replace("case: a", "case: a, cause: x"), "line 7", "cause",
    ),
    "unknown field of a step's data": (
        _SUBMIT + _STEP_LINE.replace("}", ", data: {raeson: x}}"), "line 7", "raeson",
    ),
    "unknown field of a check": (
        _SUBMIT + "checks:\n  - {on: 2026-03-03, case: a, stat: applied}\n", "line 8", "stat",
    ),
    "wrong date": (
        _SUBMIT + _STEP_LINE.replace("2026-03-03", "2026-02-30"), "line", "",
    ),
    "no date": (
        _SUBMIT + _STEP_LINE.replace("2026-03-03", "tomorrow"), "line 7", "tomorrow",
    ),
    "wrong date in a check": (
        _SUBMIT + "checks:\n  - {on: soon, case: a, state: applied}\n", "line 8", "soon",
    ),
    "unknown trigger": (
        _SUBMIT + _STEP_LINE.replace("withdraw", "withdrow"), "line 7", "withdrow",
    ),
    "unknown role": (
        _SUBMIT + _STEP_LINE.replace("provider:", "supplier:"), "line 7", "supplier",
    ),
    "case that never begins": (
        _SUBMIT + _STEP_LINE.replace("case: a", "case: b"), "line 7", "'b'",
    ),
    "case that begins later": (
        _SUBMIT + _STEP_LINE.replace("2026-03-03", "2026-03-01"), "line 7", "'a'",
    ),
    "not YAML": (_SUBMIT + "  - {on: [\n", "line", ""),
}  # fmt: skip


@pytest.fixture(params=_WRONG)
def wrong(request, tmp_path):
    text, line, word = _WRONG[request.param]
    file = tmp_path / "wrong.yaml"
    file.write_text(text, encoding="utf-8")
    return file, line, word


def test_wrong_file_is_refused_with_its_line(wrong, stage):
    file, line, word = wrong

    with pytest.raises(BadInput) as refusal:
        _play(file, stage)

    assert line in str(refusal.value)
    assert word in str(refusal.value)


@pytest.mark.skipif(not _HAS_CLI, reason="the command line is not there yet")
def test_wrong_file_ends_with_status_2(wrong, monkeypatch, capsys):
    from kmop_lifecycle.cli import main  # noqa: PLC0415  # only where there is one

    monkeypatch.chdir(_ROOT)
    file, line, _ = wrong

    assert main(["replay", str(file)]) == 2
    assert line in capsys.readouterr().err


@pytest.mark.skipif(not _HAS_CLI, reason="the command line is not there yet")
@pytest.mark.parametrize(
    "unmet",
    [
        "checks:\n  - {on: 2026-03-02, case: a, state: prepared}\n",
        _STEP_LINE.replace("}", ", refused: four_eyes}"),
        _STEP_LINE.replace("do: withdraw", "do: register"),
        _STEP_LINE.replace("}", ", warnings: [early_decision]}"),
    ],
    ids=["check", "not refused", "refused", "warning"],
)
def test_unmet_expectation_ends_with_status_1(unmet, tmp_path, monkeypatch, capsys):
    from kmop_lifecycle.cli import main  # noqa: PLC0415  # only where there is one

    monkeypatch.chdir(_ROOT)
    file = tmp_path / "unmet.yaml"
    file.write_text(_SUBMIT + unmet, encoding="utf-8")

    assert main(["replay", str(file), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
