"""`kmop deliveries`: what is stuck is listed without an address, stopped, and tried again."""

from __future__ import annotations

import pytest

from kmop_lifecycle import bootstrap
from kmop_lifecycle.service.ports import Outcome
from tests.integration.command_line import FIRST, SUBMIT, CommandLine
from tests.stories import application


class Answering:
    """A transport that answers the same to everybody."""

    outcome = Outcome("sent", "250")

    def send(self, *_) -> Outcome:
        return self.outcome


@pytest.fixture
def mail(monkeypatch):
    answering = Answering()
    monkeypatch.setattr(bootstrap, "_notifier", lambda _: answering)
    return answering


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys, mail):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    line.live(SUBMIT)
    yield line
    line.close()


def test_what_is_stuck_is_listed_without_its_address(kmop, mail):
    mail.outcome = Outcome("dead", "550 unknown")
    assert kmop("deliver").code == 1
    listed = kmop.done("deliveries", "list")
    assert listed == {
        "deliveries": [
            {
                "id": 1,
                "case": FIRST,
                "notice": "step:submit",
                "to": "provider",
                "status": "dead",
                "attempts": 1,
                "next_try": None,
                "answer": "550 unknown",
            }
        ],
        "next": None,
        "switches": [],
        "channels": [],
        "refusals": [
            {
                "reader": "provider:0566988259",
                "since": "2026-01-05T11:00Z",
                "answer": "550 unknown",
            }
        ],
    }
    ran = kmop("deliveries", "list", "--status", "dead,ambiguous")
    assert "550 unknown" in ran.out
    assert "kmop contact change 0566988259" in ran.err
    assert "@" not in ran.out + ran.err
    assert kmop.done("deliveries", "list", "--status", "sent")["deliveries"] == []


def test_a_status_that_is_none_is_refused_by_name(kmop):
    ran = kmop("deliveries", "list", "--status", "dead,lost")
    assert ran.code == 2
    assert "'lost' is no status" in ran.err


def test_a_dead_notice_is_tried_again_when_somebody_says_so(kmop, mail):
    mail.outcome = Outcome("dead", "550 unknown")
    kmop("deliver")
    assert kmop("deliveries", "retry").code == 2
    assert kmop("deliveries", "retry", "1", "--all-dead").code == 2
    assert kmop("deliveries", "retry", "99").code == 5
    before = kmop.tables()
    dry = kmop.done("deliveries", "retry", "--all-dead", "--dry-run")
    assert dry == {"retried": [1], "dry_run": True}
    assert kmop.tables() == before
    again = kmop("deliveries", "retry", "1").out
    assert again == f"are due again: 1\n  1  {FIRST}  step:submit\n"
    mail.outcome = Outcome("sent", "250")
    assert kmop("deliver").out == "notices: 1 sent\n"


@pytest.mark.parametrize(("stop", "state"), [("pause", "paused"), ("hold", "held")])
def test_a_stop_is_said_kept_and_ended(kmop, stop, state):
    ran = kmop("deliveries", stop, "--reason", "wrong text", "--by", "admin:els")
    assert ran.out.startswith(f"deliveries are {state} by admin:els since 2026-01-05")
    said = kmop("deliver")
    assert (said.code, said.out) == (0, f"notices: none\nwaiting: 1 {stop}\n")
    assert said.err.endswith("wrong text; to go on: kmop deliveries resume\n")
    listed = kmop("deliveries", "list")
    assert f"deliveries are {state} by admin:els" in listed.err
    assert kmop.done("deliveries", "list")["switches"][0]["reason"] == "wrong text"
    assert kmop("deliveries", "resume").out == f"deliveries go on; ended: {stop}\n"
    assert kmop("deliver").out == "notices: 1 sent\n"
    assert kmop.done("deliveries", stop)["by"].startswith("admin:")
    assert kmop.done("deliveries", "resume") == {"switches": [stop], "channels": []}


def test_a_channel_that_is_shut_is_seen_and_opened(kmop, mail):
    mail.outcome = Outcome("configuration", "535 bad password")
    assert kmop("deliver").code == 1
    listed = kmop("deliveries", "list")
    assert "channel mail is shut until 2026-01-05T11:15Z: 535 bad password" in listed.err
    [channel] = kmop.done("deliveries", "list")["channels"]
    assert (channel["name"], channel["open_until"]) == ("mail", "2026-01-05T11:15Z")
    mail.outcome = Outcome("sent", "250")
    assert kmop("deliver").out == "notices: none\nwaiting: 1 channel mail\n"
    assert kmop("deliveries", "resume").out == "deliveries go on; ended: channel mail\n"
    assert kmop("deliver").out == "notices: 1 sent\n"


def test_a_long_list_goes_on_after_the_last(kmop, mail):
    mail.outcome = Outcome("dead", "550 unknown")
    kmop.live(("2026-01-05", "submit", "provider:b", application(enterprise_number="0403019261")))
    kmop("deliver")
    page = kmop.done("deliveries", "list", "--limit", "1")
    assert ([row["id"] for row in page["deliveries"]], page["next"]) == ([1], 1)
    rest = kmop.done("deliveries", "list", "--limit", "1", "--after", "1")
    assert ([row["id"] for row in rest["deliveries"]], rest["next"]) == ([2], None)
    listed = kmop("deliveries", "list", "--limit", "1")
    assert listed.err.splitlines()[-1] == "there are more: --after 1"
