"""Several processes prove what one does: the same rows, in the same order, with the same end."""

from __future__ import annotations

import sqlite3

import pytest

from kmop_lifecycle import bootstrap
from kmop_lifecycle.cli import proving
from kmop_lifecycle.service import verify as proof
from tests.integration.command_line import CommandLine
from tests.stories import application


@pytest.fixture
def register(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    for n in range(3):
        digits = f"04{n:06d}"
        number = f"{digits}{97 - int(digits) % 97:02d}"
        file = line.write(f"{n}.json", application(enterprise_number=number))
        assert line("submit", file, "--by", "provider:acme").code == 0
    yield line
    line.close()


def test_processes_find_what_one_process_finds(register, monkeypatch):
    with sqlite3.connect(register.database) as connection:
        connection.execute("DELETE FROM deadline")
    connection.close()
    alone = register("verify", "--jobs", "1", "--json")
    monkeypatch.setattr(proof, "SPAN", 2)
    monkeypatch.setattr(proving, "SPAN", 2)
    together = register("verify", "--jobs", "2", "--json")

    assert alone.code == together.code == 7
    assert together.json == alone.json
    assert together.json["cases"] == 3
    assert together.json["broken"]["deadline"] >= 3


def test_a_small_register_or_one_in_memory_needs_no_processes(register, monkeypatch):
    assert proving.spread_over(8, proof.SPAN) is None
    assert proving.spread_over(1, 10 * proof.SPAN) is None
    assert proving.spread_over(2, proof.SPAN + 1) is not None
    monkeypatch.setenv("KMOP_DATABASE_URL", "sqlite:///:memory:")
    assert not bootstrap.shared()
    assert proving.spread_over(2, 10 * proof.SPAN) is None


def test_no_process_at_all_is_refused(register):
    assert register("verify", "--jobs", "0").code == 2
