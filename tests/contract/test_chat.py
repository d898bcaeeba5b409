"""What Slack, Teams and a webhook are handed: the short text, in which nothing is live."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.notifier import AppriseNotifier
from kmop_lifecycle.service.ports import Message

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
# Teams is reached through a workflow: Apprise knows its older addresses no more.
TEAMS = "workflows://host.example:443/aaaaaaaaaaaaaaaa/signature"
OLD_TEAMS = "msteams://acme/a@b/c/d"
MESSAGE = Message(
    "Opvolgaudit · 2026-000001",
    "A long letter.",
    "<p>A long letter.</p>",
    chat="Acme <!channel> @everyone: 30 september 2026\n\nDossier 2026-000001",
)


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    got: list[str] = []

    def send(_: object, request: requests.PreparedRequest, **__: Any) -> requests.Response:
        got.append(json.dumps(json.loads(request.body or b""), ensure_ascii=False))
        answer = requests.Response()
        answer.status_code, answer._content, answer.url = 200, b"ok", str(request.url)
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", send)
    return got


def sent(address: str, message: Message = MESSAGE) -> str:
    mail = MailServer(host="127.0.0.1", port=9, sender_address="audit@kmop.example")
    return AppriseNotifier(mail).send(address, message).status


@pytest.mark.parametrize("address", [SLACK, TEAMS, "json://localhost/hook"])
def test_a_chat_is_handed_the_short_text_and_the_subject(address: str, handed: list[str]) -> None:
    assert sent(address) == "sent"
    (body,) = handed
    assert "Opvolgaudit · 2026-000001" in body
    assert "30 september 2026\\n\\nDossier 2026-000001" in body
    assert "A long letter" not in body
    assert "@everyone" not in body


def test_nobody_is_called_on_slack(handed: list[str]) -> None:
    sent(SLACK)
    assert "&lt;!channel&gt;" in handed[0]
    assert "<!channel>" not in handed[0]


def test_without_a_short_text_the_letter_is_handed(handed: list[str]) -> None:
    sent(SLACK, replace(MESSAGE, chat=""))
    assert "A long letter" in handed[0]


def test_an_older_teams_address_is_said_to_be_wrong(handed: list[str]) -> None:
    assert (sent(OLD_TEAMS), handed) == ("configuration", [])
