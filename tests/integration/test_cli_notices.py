"""Looking at notices before they are sent: one of a case, and all there are."""

from __future__ import annotations

import re
import webbrowser
from urllib.parse import unquote

import pytest

from kmop_lifecycle.adapters.words import LANGUAGES, TEMPLATES, read
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.gallery import examples
from tests.integration.command_line import FIRST, LIFE, SUBMIT, CommandLine
from tests.stories import application, shipped_rules

STARTER = (*SUBMIT[:3], application(kind="starter", active_since="2024-11-01", kmop_files=3))
ASKED = ("notice", "preview", FIRST, "--ladder", "follow_up", "--rung=-3m")


@pytest.fixture
def kmop(sqlite_url, monkeypatch, capsys):
    line = CommandLine(sqlite_url, monkeypatch, capsys)
    yield line
    line.close()


@pytest.fixture
def registered(kmop):
    kmop.live(STARTER, *LIFE[1:])
    return kmop


def test_a_preview_is_to_the_letter_what_the_sweep_sends_on_that_day(registered, monkeypatch):
    kmop = registered
    seen = kmop.done(*ASKED)
    assert (seen["on"], seen["state"], seen["ahead"], seen["holds"]) == (
        "2027-12-16", "follow_up", True, True,
    )  # fmt: skip
    assert "Uiterlijk op 16 maart 2028." in seen["text"]
    assert "two_year_on" in seen["calendar"]
    kmop.on("2027-12-16").done("sweep")
    again = kmop.done(*ASKED)
    assert not again["ahead"]
    assert again["subject"] == seen["subject"]
    assert [line for line in again["text"].splitlines() if line not in seen["text"]] == []


def test_a_preview_says_which_day_it_shows_and_keeps_the_page(registered):
    kmop = registered
    page = kmop.folder / "mail.html"
    ran = kmop(*ASKED, "--lang", "fr", "--to", page)
    assert ran.code == 0
    assert "as it will stand on 2027-12-16 if nobody acts: follow_up" in ran.err
    assert "16 mars 2028" in ran.out
    assert '<html lang="fr"' in page.read_text(encoding="utf-8")
    assert kmop(*ASKED, "--to", kmop.folder / "no" / "mail.html").code == 2


def test_a_rung_that_was_overtaken_is_said_to_be_so(registered):
    ran = registered.on("2028-02-20")(*ASKED)
    assert ran.code == 0
    assert "it would not be sent" in ran.err


def test_the_browser_is_opened_when_asked(registered, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    assert registered(*ASKED, "--open").code == 0
    assert opened[0].startswith("file:///")


def test_another_role_another_channel_and_the_end(registered):
    bureau = registered.done(*ASKED, "--role", "bureau")
    assert bureau["to"] == "bureau:DNV"
    chat = registered.done(*ASKED, "--channel", "chat")
    assert 0 < len(chat["text"]) < len(registered.done(*ASKED)["text"])
    ended = registered.done(*ASKED[:-1], "--rung=+1d")
    assert (ended["on"], ended["state"]) == ("2028-03-17", "expired")


def test_a_step_on_record_can_be_read_again(registered):
    seen = registered.done("notice", "preview", FIRST, "--ladder", "step", "--rung", "register")
    assert FIRST in seen["subject"]
    assert not seen["ahead"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--ladder", "visit", "--rung=-3d"), "no reminder 'visit' stands"),
        (("--ladder", "follow_up", "--rung=-5m"), "is no rung of follow_up"),
        (("--ladder", "follow_up", "--rung=6m"), "is not a rung"),
        (("--ladder", "follow_up", "--rung=-6m", "--role", "authority"), "goes to provider"),
        (("--ladder", "step", "--rung", "revoke"), "no step 'revoke' is on record"),
    ],
)
def test_what_there_is_not_is_named(registered, args, said):
    ran = registered("notice", "preview", FIRST, *args)
    assert ran.code == 2
    assert said in ran.err


def test_the_gallery_needs_no_database_and_links_every_page(kmop):
    kmop.set(DATABASE_URL="sqlite:///nowhere.db")
    folder = kmop.folder / "gallery"
    made = kmop.done("notice", "gallery", "--to", folder)
    links = re.findall(r'href="([^"]+)"', (folder / "index.html").read_text(encoding="utf-8"))
    assert len(links) == len(set(links)) == made["pages"] > 300
    assert all((folder / unquote(link)).is_file() for link in links)
    assert kmop("notice", "gallery", "--to", kmop.write("taken", "a file")).code == 2


def test_the_gallery_shows_every_rung_of_the_rule_book_and_every_step(kmop):
    rules = shipped_rules()
    shown = {
        (e.notice.ladder, e.notice.rung, e.notice.role)
        for e in examples(rules, kmop.clock.today())
    }
    for ladder in rules.ladders.versions[-1].value:
        for rung in ladder.rungs:
            assert {r for name, at, r in shown if (name, at) == (ladder.name, rung.name)}
        assert {r for name, _, r in shown if name == ladder.name} >= set(ladder.to)
    assert {rung for name, rung, _ in shown if name == "step"} == set(Trigger)
    assert len(LANGUAGES) == 3
    assert read(TEMPLATES / "plan.toml")["entries"].keys() <= {name for name, _, _ in shown}
