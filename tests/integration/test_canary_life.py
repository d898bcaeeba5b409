"""A certificate's whole life among planted secrets and persons: from application to expiry.

Personal data has its places: the database and its copies, the letters and web hooks that go out,
calendar files (a firm's name), and the answer to whoever asked for that case, that person or that
letter. Secrets have the database alone, for channels hold tokens. All else is looked through.
"""

from __future__ import annotations

import json
from email import message_from_bytes
from pathlib import Path

import pytest

from tests.canary import (
    DB_PASSWORD,
    NUMBERS,
    PERSONS,
    PREFECT,
    SECRETS,
    SMTP_PASSWORD,
    TOKEN,
    Cage,
    caged,
)
from tests.hook_script import HookScript
from tests.smtp_script import SmtpScript

CASE, OTHER = "2021-000001", "2026-000001"
LAST = "@2026-03-17"  # the day after five years
FIRM = "Kanarie Opleidingen"
NOBODYS = (SMTP_PASSWORD, DB_PASSWORD, *PREFECT.values())  # no place at all

# Who asks for a case, a person or a letter is told: (command, what of the planted he may read).
ASKED = (
    (["case", "list"], {FIRM}),
    (["case", "list", "--json"], {FIRM}),
    (["case", "show", CASE], {FIRM}),
    (["case", "show", CASE, "--json"], {FIRM}),
    (["case", "history", CASE, "--json"], {"Karel Kanarie"}),  # reasons, as they were given
    (["contact", "list", NUMBERS[0]], {"Karel Kanarie", "karel.kanarie", "kanarie.example"}),
    (
        ["notice", "preview", CASE, "--ladder", "step", "--rung", "register"],
        {FIRM, "Karel Kanarie"},
    ),
)
# Whoever does the daily work, watches it or draws it reads case numbers.
SILENT = (
    ["sweep"], ["sweep", "--json"], ["deliver"], ["deliver", "--json"], ["verify"],
    ["verify", "--json"], ["metrics"], ["metrics", "--to", "kmop.prom"], ["db", "check"],
    ["db", "backup", "copy.kmop"], ["doctor", "--json"], ["graph", "--case", CASE],
    ["case", "history", CASE], ["case", "explain", CASE, "--json"],
    ["case", "timeline", CASE, "--json"], ["deliveries", "list", "--status", "sent"],
    ["deliveries", "list", "--json"], ["calendar", "--all", "--to", "calendars"],
    ["rules", "show", "rates"],
)  # fmt: skip
HOLDS_PERSONS = {"kmop.db", "kmop.db-wal", "kmop.db-shm", "copy.kmop"}


def life(cage: Cage, hook: str) -> list[list[str]]:
    """Return the commands of five years, with a person in whatever text is free."""

    def step(on: str, trigger: str, by: str, **data: object) -> list[str]:
        return ["@" + on, "fire", CASE, trigger, "--by", by, "--data", json.dumps(data)]

    ill = "Karel Kanarie is ziek"
    return [
        ["@2021-01-05", *cage.apply(NUMBERS[0], channels=[hook])],
        step("2021-01-08", "pause", "bureau:plan", reason=ill),
        step("2021-01-11", "resume", "bureau:plan"),
        step("2021-01-20", "confirm_prepared", "bureau:plan", declaration_signed_on="2021-01-08",
             knowledge_test_passed_on="2021-01-07", quote_accepted_on="2021-01-15"),
        step("2021-01-21", "plan_visit", "bureau:plan", visit_on="2021-02-10", auditor="an"),
        step("2021-02-10", "start_visit", "auditor:an"),
        step("2021-02-11", "close_visit", "auditor:an", scores="all T",
             report_approved_on="2021-02-11"),
        step("2021-02-18", "finish_report", "auditor:an", hours=16, report="R-1"),
        step("2021-02-24", "give_verdict", "committee:bo", verdict="pass", reason=ill),
        step("2021-03-16", "register", "authority:vlaio", decided_on="2021-03-16",
             numbers={"training": "DV.O210001"}),
        ["@2021-03-17", "sweep"], ["@2021-03-17", "deliver"],
        step("2022-05-02", "suspend", "authority:vlaio", reason=ill),
        step("2022-06-01", "lift", "authority:vlaio", reason=ill),
        ["@2025-09-16", "sweep"], ["@2025-09-16", "deliver"],
        [LAST, *cage.apply(NUMBERS[1])],
    ]  # fmt: skip


def words_of(letter: bytes) -> str:
    """Return a letter as it came, and its parts as they are read."""
    parts = message_from_bytes(letter).walk()
    read = [part.get_payload(decode=True) for part in parts if not part.is_multipart()]
    return "".join(bytes(text).decode("utf-8", "replace") for text in (letter, *read))


def planted_in(text: str) -> set[str]:
    return {word for word in (*PERSONS, *SECRETS) if word in text}


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_whole_life_tells_persons_only_where_they_belong(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    cage = caged(request.getfixturevalue(f"{kind}_url"), tmp_path)
    with SmtpScript() as mail, HookScript(200) as hook:
        settings = {"MAIL__SMTP_PORT": str(mail.port)}
        lived = cage.run(*life(cage, f"json://127.0.0.1:{hook.port}/{TOKEN}"), **settings)
        silent = cage.run(*([LAST, *command] for command in SILENT), **settings)
    assert lived.out.count("version") == 13  # twelve steps, and the other application
    assert planted_in(lived.out + silent.out) == set()
    letters = "".join(map(words_of, mail.letters))
    assert {"Karel Kanarie", FIRM} <= planted_in(letters)  # they went out
    assert hook.reached
    assert [word for word in NOBODYS if word in letters] == []
    told = cage.run(*([LAST, *command] for command, _ in ASKED)).answers()
    for (command, may), answer in zip(ASKED, told, strict=True):
        assert planted_in(answer) == may, command
    _look_through_files(tmp_path)


def _look_through_files(folder: Path) -> None:
    files = [file for file in folder.rglob("*") if file.is_file()]
    calendars = [file for file in files if file.suffix == ".ics"]
    assert any("DTSTART" in file.read_text("utf-8") for file in calendars)
    assert (folder / "kmop.prom") in files
    for file in files:
        text = file.read_bytes().decode("latin-1")
        assert [word for word in NOBODYS if word in text] == [], file
        if file in calendars:
            assert planted_in(text) <= {FIRM}, file
        elif file.name not in HOLDS_PERSONS and file.suffix != ".json":  # what was handed in
            assert planted_in(text) == set(), file
