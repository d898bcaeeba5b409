"""What commands print, on a terminal and into a pipe."""

from __future__ import annotations

import json

import pytest

from kmop_lifecycle.cli import terminal


@pytest.fixture
def on_a_terminal(monkeypatch):
    monkeypatch.setattr(terminal, "watched", lambda _: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_in_a_pipe_a_table_is_plain_and_whole(capsys):
    long = "x" * 200
    terminal.put_table(("case", "name"), [("2026-000001", long), ("2026-000002", None)])
    assert capsys.readouterr().out.splitlines() == [
        "case         name",
        f"2026-000001  {long}",
        "2026-000002  -",
    ]


@pytest.mark.usefixtures("on_a_terminal")
def test_on_a_terminal_a_table_has_a_rule_and_a_bold_heading(capsys):
    terminal.put_table(("case", "name"), [("2026-000001", "[red]Acme[/red] BV")])
    out = capsys.readouterr().out
    assert "[red]Acme[/red] BV" in out
    assert "─" in out
    assert "\x1b[1m" in out


@pytest.mark.usefixtures("on_a_terminal")
def test_a_narrow_terminal_cuts_no_number_and_folds_a_long_text(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    terminal.put_table(("case", "on", "text"), [("2026-000001", "2026-01-05", "q" * 100)])
    out = capsys.readouterr().out
    assert "2026-000001" in out
    assert "2026-01-05" in out
    assert out.count("q") == 100


@pytest.mark.usefixtures("on_a_terminal")
def test_no_color_is_respected(capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.put_table(("case", "name"), [("2026-000001", "Acme")])
    assert "\x1b[3" not in capsys.readouterr().out


def test_what_strangers_wrote_cannot_steer_the_terminal():
    assert terminal.visible("a\x1b[2Jb\nc\u202ed") == "a [2Jb c d"


def test_fields_stand_below_each_other_and_a_name_is_written_once(capsys):
    terminal.put_fields([("state", "applied"), ("missing", "quote"), ("missing", "test")])
    lines = ["state    applied", "missing  quote", "         test"]
    assert capsys.readouterr().out.splitlines() == lines


def test_json_is_one_line_in_a_pipe(capsys):
    terminal.put_json({"name": "Vinçotte", "days": [1]})
    out = capsys.readouterr().out
    assert out == '{"name": "Vinçotte", "days": [1]}\n'


@pytest.mark.usefixtures("on_a_terminal")
def test_json_is_indented_for_eyes(capsys):
    terminal.put_json({"days": 1})
    assert json.loads(capsys.readouterr().out) == {"days": 1}


@pytest.mark.usefixtures("on_a_terminal")
def test_a_terminal_shows_a_bar(capsys):
    with terminal.counting("rows", 3) as progress:
        progress(3)
    captured = capsys.readouterr()
    assert "rows" in captured.err
    assert captured.out == ""


def test_a_pipe_hears_how_fast_it_was(capsys, monkeypatch):
    moments = iter((0.0, 2.0))
    monkeypatch.setattr(terminal.time, "perf_counter", lambda: next(moments))
    with terminal.counting("rows", 100) as progress:
        progress(100)
    assert capsys.readouterr().err == "100 rows in 2.0 s (50 per second)\n"
