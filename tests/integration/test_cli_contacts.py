"""`kmop contact`: people are listed, added, changed, silenced and heard again, on record."""

from __future__ import annotations

import pytest

from tests.integration.command_line import FIRST, SUBMIT, CommandLine

ENTERPRISE = "0566988259"
HOOK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
ADD = (
    "add",
    ENTERPRISE,
    "--name",
    "Ann Claes",
    "--email",
    "ann@acme.example",
    "--by",
    "admin:els",
)


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    line.live(SUBMIT)
    yield line
    line.close()


def contact(kmop, *args):
    return kmop.done("contact", *args)


def people(kmop, *more):
    return contact(kmop, "list", FIRST, *more)["contacts"]


def test_a_person_is_added_changed_silenced_heard_again_and_removed(kmop):
    assert contact(kmop, *ADD, "--role", "finance") == {
        "enterprise": ENTERPRISE, "changed": True, "what": "added contact 2", "dry_run": False,
    }  # fmt: skip
    contact(kmop, "change", FIRST, 2, "--language", "fr", "--by", "provider:acme")
    contact(kmop, "mute", FIRST, 1, "--ladder", "renewal", "--by", "provider:acme")
    jo, ann = people(kmop)
    assert jo["muted"] == ["renewal"]
    assert ann == {
        "number": 2, "name": "Ann Claes", "email": "ann@acme.example", "language": "fr",
        "role": "finance", "channels": [], "muted": [],
    }  # fmt: skip
    contact(kmop, "unmute", FIRST, 1, "--by", "provider:acme")
    contact(kmop, "remove", FIRST, 2, "--by", "admin:els")
    assert [one["muted"] for one in people(kmop)] == [[]]
    log = contact(kmop, "list", ENTERPRISE)["changes"]
    assert [(one["seq"], one["by"], one["what"]) for one in log] == [
        (1, "admin:els", "added contact 2"),
        (2, "provider:acme", "changed contact 2: language"),
        (3, "provider:acme", "muted for contact 1: renewal"),
        (4, "provider:acme", "unmuted for contact 1: renewal"),
        (5, "admin:els", "removed contact 2"),
    ]


def test_only_the_list_shows_values_and_secrets_only_when_asked(kmop):
    ran = kmop("contact", *ADD, "--add-channel", HOOK)
    assert (ran.code, ran.out, ran.err) == (0, f"{ENTERPRISE}: added contact 2\n", "")
    listed = kmop("contact", "list", FIRST).out
    assert "Ann Claes" in listed
    assert "ann@acme.example" in listed
    assert "admin:els" in listed
    assert "slack://…i7FQ" in listed
    assert HOOK not in listed
    assert people(kmop, "--reveal")[1]["channels"] == [HOOK]


def test_a_dropped_channel_frees_its_number(kmop):
    by = ("--by", "admin:els")
    contact(
        kmop, "change", FIRST, 1, "--add-channel", "json://a", "--add-channel", "json://b", *by
    )
    contact(kmop, "change", FIRST, 1, "--drop-channel", 1, *by)
    assert people(kmop, "--reveal")[0]["channels"] == ["", "json://b"]
    assert "(free), json://…" in kmop("contact", "list", FIRST).out
    contact(kmop, "change", FIRST, 1, "--add-channel", "json://c", *by)
    assert people(kmop, "--reveal")[0]["channels"] == ["json://c", "json://b"]


def test_the_last_reader_is_told_that_a_wish_waits(kmop):
    ran = kmop("contact", "mute", FIRST, 1, "--ladder", "renewal", "--by", "provider:acme")
    assert ran.code == 0
    assert "no other contact" in ran.err


def test_a_dry_run_writes_nothing(kmop):
    before = kmop.tables()
    ran = kmop("contact", *ADD, "--dry-run")
    assert (ran.code, "nothing was written" in ran.err) == (0, True)
    assert kmop.tables() == before


def test_a_repetition_changes_nothing(kmop):
    again = ("change", FIRST, 1, "--language", "nl", "--by", "admin:els")
    assert contact(kmop, *again)["changed"] is False
    assert "is so already" in kmop("contact", *again).out


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("list", "0403.019.261"), 5, "no provider"),
        (("list", "2026-000009"), 5, "no case"),
        (("list", "Acme"), 2, "neither"),
        ((*ADD[:-1], "auditor:an"), 3, "role_not_allowed"),
        ((*ADD, "--add-channel", "secret"), 3, "invalid_application"),
        (("add", FIRST, "--name", "A", "--email", "secret", "--by", "admin:e"), 3, "e-mail"),
        (("change", FIRST, "1", "--by", "admin:els"), 2, "nothing to change"),
        (("change", FIRST, "2", "--name", "A", "--by", "admin:els"), 2, "no contact 2"),
        (("change", FIRST, "1", "--drop-channel", "1", "--by", "admin:e"), 2, "no channel 1"),
        (
            ("change", FIRST, "1", "--name", "A", "--by", "admin:e", "--seen", "3"),
            4,
            "last change",
        ),
        (("remove", FIRST, "1", "--by", "admin:els"), 2, "main contact"),
        (("mute", FIRST, "1", "--by", "admin:els"), 2, "which reminders"),
        (("mute", FIRST, "1", "--ladder", "nope", "--by", "admin:els"), 3, "names no ladder"),
        (("unmute", FIRST, "4", "--by", "admin:els"), 2, "no contact 4"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line_and_writes_nothing(kmop, args, code, said):
    before = kmop.tables()
    ran = kmop("contact", *args)
    assert ran.code == code
    assert said in ran.err
    assert "secret" not in ran.err
    assert kmop.tables() == before
