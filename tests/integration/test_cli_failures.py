"""What goes wrong around the command line: one clear line, the right code, nothing changed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter

import pytest

from kmop_lifecycle import bootstrap, cli
from kmop_lifecycle.adapters.mail_catcher import MailCatcher
from kmop_lifecycle.domain.errors import IntegrityBreach, TryAgain
from tests.integration.command_line import CONFIG, FIRST, PREPARE, SUBMIT, CommandLine, Ran
from tests.stories import application


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


@pytest.fixture
def applied(kmop):
    kmop.live(SUBMIT)
    return kmop


WITHDRAW = ("fire", FIRST, "withdraw", "--by", "provider:acme")
MISUSED = [
    (("fire", FIRST, "withdrw", "--by", "provider:acme"), "did you mean withdraw?"),
    (("fire", FIRST, "withdraw", "--by", "acme"), "role:name"),
    (("fire", FIRST, "withdraw", "--by", "boss:acme"), "roles: provider"),
    (("fire", FIRST, "withdraw", "--by", "provider:ac\x1b[2Jme"), "is not an actor"),
    (("fire", FIRST, "withdraw", "--by", "provider:ac\udcffme"), "not UTF-8"),
    ((*WITHDRAW, "--data", '{"reason": "a\\u0000b"}'), "data.reason holds a character"),
    ((*WITHDRAW, "--data", '{"reason": "a\\ud800b"}'), "data.reason holds a character"),
    ((*WITHDRAW, "--on", "05/01/2026"), "2026-01-31"),
    ((*WITHDRAW, "--data", "{"), "--data is not JSON"),
    ((*WITHDRAW, "--data", "[1]"), "not a table"),
    ((*WITHDRAW, "--data", '{"reson": "x"}'), "did you mean 'reason'?"),
    ((*WITHDRAW, "--data", '{"reason": [1]}'), "is not text"),
    ((*WITHDRAW, "--data", "@none.json"), "none.json"),
    ((*WITHDRAW, "--version", "0"), "--version"),
    (("fire", "-", "withdraw", "--by", "provider:acme"), "give the case number"),
    ((*WITHDRAW, "--data", "@two.json"), "holds 2 documents"),
    (("fire", FIRST, "submit", "--by", "provider:acme"), "write - in place"),
    (("fire", FIRST), "see: kmop fire --help"),
    (("fier",), "Did you mean 'fire'?"),
    (("case", "shwo", FIRST), "Did you mean 'show'?"),
    (("case", "list", "--enterprise", "12"), "not an enterprise number"),
    (("case", "list", "--state", "sleeping"), "--state"),
    (("submit", "none.json"), "cannot be read"),
    (("submit", "none.txt"), ".json, .yaml"),
    (("import", "none.csv"), "cannot be read"),
    (("replay", "none.yaml"), "cannot be read"),
    (("graph", "--check"), "README.md cannot be read"),
]


@pytest.mark.parametrize(("args", "said"), MISUSED)
def test_misuse_is_told_in_one_line_with_the_way_out(applied, args, said):
    applied.write("two.json", [{}, {}])
    before = applied.tables()
    ran = applied(*args)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) <= 2
    assert applied.tables() == before


@pytest.mark.parametrize("args", [("fire", FIRST, "--json"), ("fier", "--json")])
def test_with_json_misuse_is_an_object_too(kmop, args):
    ran = kmop(*args)
    assert (ran.code, ran.err) == (2, "")
    assert set(ran.json) == {"code", "message", "hint"}
    assert ran.json["code"] == "usage"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"name": "Acme"', "line 1"),
        ("[]", "no application"),
        ("[1]", "not a table"),
        ('{"name": "a", "name": "b"}', "twice"),
    ],
)
def test_a_bad_document_is_told(kmop, content, said):
    before = kmop.tables()
    ran = kmop("submit", kmop.write("bad.json", content))
    assert ran.code == 2
    assert said in ran.err
    assert kmop.tables() == before


@pytest.mark.parametrize(
    ("fields", "code", "said"),
    [
        ({"colour": "red"}, 2, "bad_input: data has no field 'colour'"),
        ({"kmop_files": "many"}, 3, "whole number"),
        ({"active_since": "last year"}, 3, "date"),
        ({"contact": "Jo"}, 3, "table"),
        ({"kind": "basics"}, 3, "invalid_application: data.kind"),
    ],
)
def test_unknown_keys_and_wrong_types_are_refused_by_name(kmop, fields, code, said):
    before = kmop.tables()
    ran = kmop("submit", kmop.write("bad.json", application(**fields)))
    assert ran.code == code
    assert said in ran.err
    assert kmop.tables() == before


@pytest.mark.parametrize(
    "args",
    [
        ("case", "show"),
        ("case", "history"),
        ("case", "explain"),
        ("case", "timeline"),
        ("graph", "--case"),
    ],
)
def test_an_unknown_case_is_not_found(kmop, args):
    ran = kmop(*args, "2026-000099")
    assert (ran.code, ran.out) == (5, "")
    assert ran.err == "not_found: there is no case 2026-000099\n"
    fired = kmop("fire", "2026-000099", "withdraw", "--by", "provider:acme")
    assert (fired.code, fired.err) == (5, ran.err)


def test_a_key_used_for_something_else_is_a_conflict(applied):
    assert applied.step(PREPARE, "--key", "k").code == 0
    before = applied.tables()
    ran = applied(*WITHDRAW, "--key", "k")
    assert (ran.code, ran.err.split(":")[0]) == (4, "key_reused")
    assert applied.tables() == before


NEEDS_DATABASE = [
    ("case", "list"),
    ("case", "show", FIRST),
    WITHDRAW,
    ("sweep",),
    ("deliver",),
    ("verify",),
    ("db", "check"),
    ("db", "current"),
]


@pytest.mark.parametrize("args", NEEDS_DATABASE)
def test_a_missing_database_is_told_and_not_made(kmop, args):
    kmop.database.unlink()
    ran = kmop(*args)
    assert (ran.code, ran.out) == (6, "")
    assert ran.err.splitlines()[1] == "→ run: kmop db upgrade"
    assert not kmop.database.exists()


@pytest.mark.parametrize("args", [("case", "list"), WITHDRAW, ("db", "check")])
def test_a_database_without_tables_is_told(kmop, args):
    kmop.database.write_bytes(b"")
    ran = kmop(*args)
    assert (ran.code, ran.err.splitlines()[1]) == (6, "→ run: kmop db upgrade")


def test_a_file_that_is_no_database_is_told(kmop):
    kmop.database.write_text("a letter, and no database at all; " * 50, encoding="utf-8")
    ran = kmop("case", "list")
    assert (ran.code, ran.err) == (6, "configuration: the database file is no database\n")


def test_a_wrong_setting_is_told(kmop):
    kmop.set(MAIL__SMTP_PORT="mail")
    ran = kmop("case", "list")
    assert ran.code == 6
    assert "KMOP_MAIL__SMTP_PORT" in ran.err.splitlines()[0]


def test_a_broken_rule_book_stops_everything_that_decides(applied):
    config = applied.folder / "config"
    shutil.copytree(CONFIG, config)
    rates = config / "rulebook" / "rates.toml"
    rates.write_text(rates.read_text(encoding="utf-8").replace("cents", "cent"), encoding="utf-8")
    applied.set(CONFIG_DIR=str(config))
    before = applied.tables()
    for args in (WITHDRAW, ("sweep",), ("case", "show", FIRST), ("rules", "show")):
        ran = applied(*args)
        assert (ran.code, ran.out) == (6, "")
        assert ran.err.startswith("configuration: rule book: rates.toml: rates from 2000-01-01")
    checked = applied("rules", "check")
    assert checked.code == 6
    assert "rates.toml" in checked.out
    assert applied("rules", "check", "--json").json["ok"] is False
    assert applied.tables() == before


def test_a_dead_mail_server_leaves_the_notices_waiting(applied):
    with MailCatcher() as mail:
        port = mail.port
    applied.set(MAIL__SMTP_PORT=str(port), MAIL__TIMEOUT_SECONDS="1")
    ran = applied("deliver", "--json")
    assert ran.code == 1
    assert ran.json["counts"] == {"retry": 1}
    statuses = Counter(
        notice["status"] for notice in applied.done("case", "show", FIRST)["notices"]
    )
    assert statuses == {"retry": 1}
    assert applied("deliver").out == "notices: none\n"  # their time has not come again


def test_delivered_notices_arrive_with_their_reason(applied):
    with MailCatcher() as mail:
        applied.set(MAIL__SMTP_PORT=str(mail.port))
        ran = applied("deliver")
    assert (ran.code, ran.out) == (0, "notices: 1 sent\n")
    (caught,) = mail.caught
    assert caught.recipients == ("jo.maes@acme.example",)
    plain = caught.message.get_body(("plain",))
    assert plain is not None
    assert "4 februari 2026" in plain.get_content()


def test_what_contradicts_itself_is_an_integrity_breach(applied):
    with sqlite3.connect(applied.database) as connection:
        connection.execute("DELETE FROM deadline")
    connection.close()
    ran = applied("verify", "--json")
    assert ran.code == 7
    assert ran.json["breaches"][0]["invariant"] == "deadline"
    told = applied("verify").out.splitlines()
    assert told[0].startswith(f"{FIRST} deadline ")
    assert told[-1].startswith("1 cases, 1 events, 1 notices: ")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (TryAgain("the database is busy"), 75, "try_again: the database is busy\n"),
        (IntegrityBreach("the file is damaged"), 7, "integrity: the file is damaged\n"),
        (KeyboardInterrupt(), 130, ""),
        (
            RuntimeError("Jo Maes"),
            70,
            "internal error: RuntimeError (details with KMOP_DEBUG=1)\n",
        ),
    ],
)
def test_every_end_has_its_code(kmop, monkeypatch, error, code, said):
    def fail():
        raise error

    monkeypatch.setattr(bootstrap, "house", fail)
    ran = kmop("verify")
    assert (ran.code, ran.out, ran.err) == (code, "", said)


def test_a_defect_shows_its_trace_only_when_asked(kmop, monkeypatch):
    def fail():
        raise RuntimeError

    monkeypatch.setattr(bootstrap, "house", fail)
    monkeypatch.setenv("KMOP_DEBUG", "1")
    monkeypatch.setattr(cli, "traceback", _Traces())
    ran = kmop("verify", "--json")
    assert ran.code == 70
    assert ran.json["code"] == "internal_error"
    assert "trace of RuntimeError" in ran.err


class _Traces:
    """Stands in for the module, whose own output depends on the interpreter."""

    def print_exception(self, error):
        sys.stderr.write(f"trace of {type(error).__name__}\n")


def _process(*args, env=None):
    return subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", "import sys; from kmop_lifecycle.cli import main; sys.exit(main())",
         *args],
        capture_output=True, text=True, check=False, encoding="utf-8",
        env={**os.environ, **(env or {})},
    )  # fmt: skip


def test_a_process_ends_with_the_code(kmop):
    done = _process("graph", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["state"] is None
    assert _process("fier").returncode == 2
    missing = _process("case", "list", env={"KMOP_DATABASE_URL": "sqlite:///none.sqlite3"})
    assert missing.returncode == 6


def test_nobody_reading_on_is_no_failure_to_talk_about():
    script = (
        "import sys; from kmop_lifecycle.cli import main; sys.exit(main(['graph', '--table']))"
    )
    read, write = os.pipe()
    os.close(read)
    try:
        ran = subprocess.run(  # noqa: S603  # our own program
            [sys.executable, "-c", script], stdout=write, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(write)
    assert ran.stderr == b""
    assert ran.returncode in {1, 141}


def test_an_interruption_before_anything_began_ends_quietly(kmop, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "program", interrupted)
    assert kmop("verify") == Ran(130, "", "")


def test_a_pipe_that_closes_while_we_write_ends_quietly(kmop, monkeypatch):
    def closed():
        raise BrokenPipeError

    monkeypatch.setattr(cli, "program", closed)
    monkeypatch.setattr(cli, "_quietly", lambda: 141)
    assert kmop("verify") == Ran(141, "", "")
