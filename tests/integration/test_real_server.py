"""`kmop up` for real: Prefect's server, its scheduler, runs in processes of their own, and mail.

One story in the order of the file, because a server takes its time to start: it is started twice.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from flows.deployments import PLAN
from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.adapters.mail_catcher import MailCatcher
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from kmop_lifecycle.settings import load_settings
from tests.stories import ROOT, application
from tests.upped import KMOP, Up, environment, left_behind, start_up, until

pytestmark = pytest.mark.prefect

NAMES = {planned.name for planned in PLAN}
SMTP_PASSWORD = "canary-Smtp-9c1f"  # noqa: S105 - planted
BLOCK = "office-smtp"
SECRETS = {  # in the environment of the server, of what serves the flows and of every run
    "KMOP_MAIL__SMTP_USER": "postman",
    "KMOP_MAIL__SMTP_PASSWORD": f"prefect:{BLOCK}",
    "PREFECT_SERVER_ENCRYPTION_KEY": urlsafe_b64encode(b"canary-key".ljust(32, b"!")).decode(),
}
SAVE_BLOCK = f"""
import sys
from prefect.blocks.system import Secret
Secret(value=sys.stdin.read()).save({BLOCK!r})
"""
HIDDEN = (SMTP_PASSWORD, SECRETS["PREFECT_SERVER_ENCRYPTION_KEY"])
TOKEN = "canary-hook-5d2e"  # noqa: S105 - planted
OLD = {  # a registration of before, with a number that is none
    "valid_from": "2022-06-30", "valid_until": "2027-06-30", "iban": "BE00999",
}  # fmt: skip
PLANTED = ("jo.maes", "Karel Kanarie", "BE68539007547034", "BE00999", TOKEN, *HIDDEN)
LOGINS: list[bool] = []  # which of them gave the right password
APPLIED = date(2025, 1, 6)  # lapsed a year later, so due whenever this test runs


def planted_in(text: str) -> list[str]:
    return [word for word in PLANTED if word in text]


def is_database(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(16).startswith(b"SQLite format 3")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with one application that nobody pursued."""
    home = tmp_path_factory.mktemp("installation")
    settings = load_settings(database_url=f"sqlite:///{home}/kmop.sqlite3")
    bootstrap.prepare_database(settings)
    house = replace(bootstrap.house(settings), clock=SimulatedClock(APPLIED))
    fire(house, Command(Trigger.SUBMIT, Actor.parse("provider:acme"), data=application()))
    return home


@pytest.fixture(scope="module")
def mail() -> Iterator[MailCatcher]:
    """A real SMTP server, which refuses a login with a wrong password."""

    def knows(_server: Any, _session: Any, _envelope: Any, _how: str, said: Any) -> AuthResult:
        LOGINS.append(said.password == SMTP_PASSWORD.encode())
        return AuthResult(success=LOGINS[-1])

    with MailCatcher(authenticator=knows, auth_require_tls=False) as mail:
        yield mail


@pytest.fixture(scope="module")
def up(home: Path, mail: MailCatcher) -> Iterator[Up]:
    """The first start, with the mail server's password in a block of Prefect's."""
    more = {"PREFECT_HOME": str(home / "prefect"), **SECRETS}
    more["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"  # on a busy machine
    subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", SAVE_BLOCK],
        env=environment(home, more=more),
        input=SMTP_PASSWORD, cwd=home, text=True, check=True, capture_output=True,
    )  # fmt: skip
    up = start_up(home, mail.port, SECRETS)
    yield up
    if up.process.poll() is None:  # a test before its stop failed
        up.stop(signal.SIGTERM)


def test_the_scheduler_plans_runs_of_what_has_a_schedule(up: Up) -> None:
    assert set(up.deployments()) == NAMES
    for name in ("sweep_deadlines", "deliver_notices", "verify_history"):

        def planned(name: str = name) -> bool:
            return any(run["auto_scheduled"] for run in up.runs(name, "SCHEDULED"))

        until(planned, f"a scheduled run of {name}")


def test_the_sweep_at_the_start_lapses_what_nobody_pursued_and_shows_it(up: Up) -> None:
    run = until(lambda: up.runs("sweep_deadlines", "COMPLETED"), "the first sweep", 90)[0]
    assert "1 cases looked at; 1 lapse; " in run["state"]["message"]
    assert run["name"].startswith("sweep 20")
    pages = {page["key"]: page["data"] for page in up.ask("POST", "/artifacts/latest/filter", {})}
    assert "| withdrawn | 1 |" in pages["pipeline-en"]
    assert "| stopgezet | 1 |" in pages["pipeline-nl"]
    assert "stateDiagram-v2" in pages["lifecycle"]


def test_prefect_watches_over_sweeps_heartbeats_and_notices(up: Up) -> None:
    declared = [one["name"] for one in up.ask("POST", "/automations/filter", {})]
    assert sorted(declared) == [
        "kmop: no sweep for 26 hours",
        "kmop: notices are waiting",
        "kmop: run that never began",
        "kmop: run without heartbeat",
    ]  # once, although the start and the sweep both saw to it


def test_the_notices_of_that_sweep_arrive_by_mail(up: Up, mail: MailCatcher) -> None:
    run = up.end(up.start("deliver_notices"))
    if run["state"]["type"] == "CANCELLED":  # the scheduled one was at it
        until(lambda: mail.caught, "the scheduled delivery")
    assert any("jo.maes@acme.example" in caught.recipients for caught in mail.caught)
    assert set(LOGINS) == {True}


def test_forms_leave_nothing_personal_in_their_runs(up: Up) -> None:
    contact = {"name": "Karel Kanarie", "email": "jo.maes@acme.example", "language": "nl",
               "channels": [f"json://127.0.0.1:1/{TOKEN}"]}  # fmt: skip
    taken = application(enterprise_number="0403.019.261", contact=contact)
    runs = [
        up.start("submit_application", application=taken, role="bureau", user="plan"),
        up.start("submit_application", application=taken | {"iban": "BE00999"}, user="acme"),
    ]
    opened, refused = (up.end(run) for run in runs)
    adopted = up.end(up.start("adopt_registration", application=taken | OLD, user="els"))
    assert opened["state"]["type"] == "COMPLETED", opened["state"]
    assert set(opened["parameters"]) == {"case"}
    assert opened["parameters"]["case"] in opened["state"]["message"]
    assert refused["state"]["type"] == "FAILED"
    assert refused["parameters"] == {"case": "invalid_iban"}
    assert adopted["state"]["type"] == "FAILED"
    assert not planted_in(json.dumps([opened, refused, adopted]))
    up.end(up.start("deliver_notices"))  # one way out is shut, and is written about


def test_a_form_that_was_cancelled_is_cleared_by_the_next_verification(up: Up) -> None:
    form = up.start("submit_application", "CANCELLED", application=application(), user="acme")
    assert "application" in up.end(form)["parameters"]
    assert up.end(up.start("verify_history"))["state"]["type"] == "COMPLETED"
    assert up.end(form)["parameters"] == {"case": "interrupted"}


def test_a_run_that_needs_a_block_that_is_gone_says_which_and_for_what(up: Up) -> None:
    block = up.ask("GET", f"/block_types/slug/secret/block_documents/name/{BLOCK}")
    up.ask("DELETE", f"/block_documents/{block['id']}")
    run = up.end(up.start("deliver_notices"))
    if run["state"]["type"] == "CANCELLED":  # a scheduled one was at it
        run = up.end(up.start("deliver_notices"))
    assert run["state"]["type"] == "FAILED"
    told = run["state"]["message"]
    assert f"mail.smtp_password: Prefect has no Secret block for prefect:{BLOCK}" in told
    assert "Traceback" not in told


def test_prefects_own_tables_hold_no_person_and_no_secret(up: Up) -> None:
    files = [file for file in up.home.rglob("*.db") if is_database(file)]
    tables = 0
    for file in files:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall()
            for (name,) in names:
                rows = str(connection.execute(f'SELECT * FROM "{name}"').fetchall())  # noqa: S608
                assert planted_in(rows) == [], name
                tables += bool(rows)
    assert tables > 20, "Prefect's database was not found"


def test_no_run_has_left_a_result_and_none_a_pickle(up: Up) -> None:
    storage = up.home / "prefect" / "storage"
    assert [file for file in storage.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("wrong", [{"dry_run": {"a": 1}}, {"today": ["2026-01-05"]}])
def test_a_parameter_that_does_not_fit_makes_no_run(up: Up, wrong: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match="Validation failed"):
        up.start("sweep_deadlines", **wrong)


def test_nor_does_what_is_said_or_any_file_beside_the_databases(up: Up) -> None:
    files = [file for file in up.home.rglob("*") if file.is_file() and not is_database(file)]
    assert {"said.txt", "server.log"} <= {file.name for file in files}
    for file in files:
        if not file.name.endswith(("-wal", "-shm")):  # of a database; its tables are read above
            assert planted_in(file.read_bytes().decode("latin-1")) == [], file


def test_the_search_finds_what_is_planted() -> None:
    assert planted_in(f"Row ({SMTP_PASSWORD!r}, 'Karel Kanarie')") == [
        "Karel Kanarie", SMTP_PASSWORD,
    ]  # fmt: skip


def test_a_second_one_beside_it_is_refused_and_starts_nothing(up: Up) -> None:
    for port, reason in ((up.port, f"port {up.port}"), (up.port - 1, "another `kmop up`")):
        ran = subprocess.run(  # noqa: S603 - our own interpreter
            [*KMOP, "up", "--port", str(port)],
            env=environment(up.home),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 6
        assert reason in ran.stderr
        assert "Traceback" not in ran.stderr


def test_ctrl_c_stops_all_of_it_and_the_next_start_finds_it_again(
    up: Up, mail: MailCatcher
) -> None:
    before = up.deployments()
    assert up.stop(signal.SIGINT) == 0
    assert left_behind(up.home) == []
    again = start_up(up.home, mail.port)
    try:
        assert again.deployments() == before
        swept = until(lambda: len(again.runs("sweep_deadlines", "COMPLETED")) > 1, "a sweep", 90)
        assert swept, "the slot of the one sweep at a time was not free"
        again.process.kill()
        again.process.wait(10)
        until(lambda: not left_behind(up.home), "the server to notice")
    finally:
        again.process.kill()
