"""Planted secrets and persons: whatever runs, succeeds or fails, at DEBUG, none comes out again.

All commands run with every logger of every library at DEBUG and with tracebacks asked for.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kmop_lifecycle.adapters.store.migrate import upgrade
from tests.canary import (
    DB_PASSWORD,
    NOT_IN_TALK,
    NUMBERS,
    PREFECT,
    SLACK,
    SMTP_PASSWORD,
    SMTP_USER,
    TEAMS,
    TOKEN,
    Cage,
    Ran,
    caged,
)
from tests.hook_script import HookScript
from tests.postgres import Server
from tests.smtp_script import HANG, SmtpScript


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def cage(request: pytest.FixtureRequest, tmp_path: Path) -> Cage:
    url = request.getfixturevalue(f"{request.param}_url")
    return caged(url, tmp_path)


def test_sends_that_succeed_and_sends_that_fail_tell_nothing(cage: Cage) -> None:
    hook = {"channels": []}
    with HookScript(404, b"no " + TOKEN.encode()) as gone, HookScript(500) as broken:
        hook["channels"] = [
            f"json://127.0.0.1:{gone.port}/{TOKEN}",
            f"json://127.0.0.1:{broken.port}/{TOKEN}",
            SLACK, TEAMS,
        ]  # fmt: skip
        mail = {
            "hangs": {"DATA": HANG},
            "refuses the reader": {
                "RCPT": "550 5.1.1 <karel.kanarie@refuses.kanarie.example> unknown"
            },
            "knows another password": {"AUTH": f"535 5.7.8 {SMTP_USER} {SMTP_PASSWORD} is wrong"},
            "takes it": {},
        }
        reached = {}
        for number, (what, answers) in zip(NUMBERS, mail.items(), strict=True):
            with SmtpScript(answers) as server:
                cage.run(
                    ["deliveries", "resume"],
                    cage.apply(
                        number, email=f"karel.kanarie@{what.split()[0]}.kanarie.example",
                        **(hook if what == "refuses the reader" else {}),
                    ),
                    ["sweep"], ["deliver"],
                    ["deliveries", "list"], ["deliveries", "list", "--json"],
                    MAIL__SMTP_PORT=str(server.port),
                )  # fmt: skip
                reached[what] = dict(server.reached)
    assert reached["takes it"]["END"]
    assert all(steps["AUTH"] for steps in reached.values())
    assert gone.reached
    assert broken.reached


def test_a_day_of_commands_right_and_wrong_tells_nothing(cage: Cage) -> None:
    sheet = cage.folder / "sheet.csv"
    heading = "name,enterprise_number,iban,kind,bureau,training_themes,contact_name,contact_email"
    row = "Kanarie Opleidingen BV,{},BE68539007547034,basic,DNV,{},Karel Kanarie,{}"
    sheet.write_text("\n".join([
        heading, row.format("0202239951", "innovatie", "karel.kanarie@kanarie.example"),
        row.format("0202239952", "innovatie", "karel.kanarie at kanarie.example"),
    ]), encoding="utf-8")  # fmt: skip
    (cage.folder / "bad.yaml").write_text("name: [Karel Kanarie, *BE68539007547034", "utf-8")
    (cage.folder / "bad.json").write_text('{"name": "Karel Kanarie" "iban": 1', "utf-8")
    vera = ["--name", "Vera Vogel", "--email", "vera.vogel@kanarie.example", "--by", "admin:e"]
    first, backup = "2026-000001", str(cage.folder / "copy.kmop")
    cage.run(
        cage.apply(NUMBERS[0]), cage.apply(NUMBERS[0]),
        ["contact", "add", NUMBERS[0], *vera, "--add-channel", f"json://127.0.0.1:1/{TOKEN}"],
        ["contact", "add", NUMBERS[0], *vera, "--add-channel", SLACK],
        ["contact", "list", NUMBERS[0]],
        ["import", str(sheet), "--dry-run"], ["import", str(sheet), "--partial"],
        ["submit", "bad.yaml"], ["submit", "bad.json"], ["import", "bad.json"],
        ["fire", first, "give_verdict", "--by", "committee:bo", "--data", '{"verdict": "pass"}'],
        ["fire", first, "withdraw", "--by", "provider:acme", "--version", "99"],
        ["sweep"], ["sweep", "--on", "2031-01-01", "--dry-run"], ["verify"], ["doctor"],
        ["metrics"], ["metrics", "--to", "kmop.prom"], ["case", "list", "--json"],
        ["case", "show", first, "--json"], ["db", "backup", backup], ["db", "current"],
        ["db", "check"], ["db", "restore", "bad.json"], ["calendar", "--all", "--to", "calendars"],
    )  # fmt: skip
    for file in [file for file in cage.folder.rglob("*") if file.is_file()]:
        for word in (SMTP_PASSWORD, DB_PASSWORD, *PREFECT.values()):
            assert word.encode() not in file.read_bytes(), (file, word)
    metrics = (cage.folder / "kmop.prom").read_text()
    assert [word for word in NOT_IN_TALK if word in metrics] == []
    assert (Path(backup).stat().st_mode & 0o077) == 0  # it holds them all, for its owner alone


@pytest.mark.postgres
def test_a_real_password_of_a_real_server_is_told_to_nobody(
    postgres_server: Server, tmp_path: Path
) -> None:
    with postgres_server.bare_database() as url:
        upgrade(url)
        wrong = url.replace("kmop@", f"nobody_here:{DB_PASSWORD}@")
        cage = Cage(tmp_path, wrong)
        ran = cage.run(["verify"], ["doctor"], ["metrics"], ["db", "upgrade"], ["sweep"])
    assert "user or password" in ran.err


@pytest.mark.parametrize("where", ["out", "err"])
def test_the_search_finds_what_is_planted(where: str) -> None:
    leak = f"2026-11-24 DEBUG sqlalchemy Row ('{SMTP_PASSWORD}')"
    assert Ran(**({"out": "", "err": ""} | {where: leak})).leaks()
    assert Ran("", "DEBUG Row ('Karel Kanarie')").leaks()
    assert Ran("Karel Kanarie", "").leaks() == []
