"""A message is about its own provider and nobody else, whatever the provider is called."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser

import pytest
from apprise.plugins.slack import NotifySlack
from hypothesis import given, settings
from hypothesis import strategies as st

from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.mail_catcher import MailCatcher
from kmop_lifecycle.adapters.notifier import AppriseNotifier
from kmop_lifecycle.bootstrap import with_mail
from kmop_lifecycle.domain.case import Case, Notice, Party
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.service.deliver import deliver
from kmop_lifecycle.service.ports import Message, Recipient, Renderer
from kmop_lifecycle.service.sweep import sweep
from kmop_lifecycle.settings import load_settings
from tests.fakes import Office
from tests.hook_script import HookScript
from tests.stories import ROOT, applied

TOKENS = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
HOSTILE = (
    "{{7*7}}",
    "{% for x in range(9**9) %}{% endfor %}",
    "<script>alert(1)</script>",
    "Acme\r\nBcc: eve@evil.example",
    "<!channel> <https://evil.example|VLAIO>",
    "Acme \u202egpj.exe \u2066x\u2069",
    "x" * 10_000,
)
FIRMS = ("0566988259", "0403019261")


def office() -> Office:
    """Return an office that writes as the real one does."""
    built = Office()
    settings = load_settings(config_dir=ROOT / "config", profile="test")
    mailing = with_mail(built.house, settings)
    built.house = replace(mailing, notifier=built.notifier, postbook=built.postbook)
    return built


@settings(max_examples=8)
@given(
    names=st.lists(
        st.text("abcÉé-& ", min_size=3, max_size=20).map(lambda s: f"Acme {s.strip()} BV"),
        min_size=2, max_size=2, unique_by=lambda name: name.casefold(),
    ).filter(lambda two: not (two[0] in two[1] or two[1] in two[0])),
    language=st.sampled_from(["nl", "fr", "en"]),
    apart=st.booleans(),
)  # fmt: skip
def test_no_message_holds_data_of_another_provider(
    names: list[str], language: str, *, apart: bool
) -> None:
    here = office()
    names = [" ".join(name.split()) for name in names]
    numbers = [
        here.live(
            applied(
                name=name,
                enterprise_number=firm,
                contact={"name": f"Jo {n}", "email": f"jo{n}@acme.example", "language": language},
            )
        )
        for n, (name, firm) in enumerate(zip(names, FIRMS, strict=True))
    ]
    if apart:
        deliver(here.house)
    here.on("2026-01-30")
    sweep(here.house, date(2026, 1, 30))
    deliver(here.house)
    assert len(here.notifier.sent) == (4 if apart else 2)
    for address, message in here.notifier.sent:
        own = 0 if address == "jo0@acme.example" else 1
        said = f"{message.subject} {message.text}"
        everything = f"{said} {message.html} {message.calendar!r} {message.headers}"
        assert address == f"jo{own}@acme.example"
        assert numbers[own] in said
        assert f"Jo {own}" in said
        assert numbers[1 - own] not in everything
        assert names[1 - own] not in everything
        assert f"jo{1 - own}@" not in everything
        assert f"Jo {1 - own}" not in everything


@pytest.mark.parametrize("name", ["Acme\r\nBcc: eve@evil.example", "Acme\u2028x"])
def test_a_name_that_is_no_name_is_refused_at_intake(name: str) -> None:
    with pytest.raises((LifecycleError, ValueError)):
        office().live(applied(name=name))


@dataclass(frozen=True, slots=True)
class _Renamed:
    """Writes as the real one does, of a provider and to a person with this name."""

    real: Renderer
    name: str

    def render(
        self, notice: Notice, case: Case, party: Party | None, recipient: Recipient, today: date
    ) -> Message:
        assert party is not None
        party, recipient = replace(party, name=self.name), replace(recipient, name=self.name)
        return self.real.render(notice, case, party, recipient, today)


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, tuple[str, ...]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, tuple(name for name, _ in attrs)))


def _delivered(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str, str]:
    """Deliver to a mailbox and a chat; return the mail's subject, text and HTML, and the chat."""
    here = office()
    contact = {"name": "Jo", "email": "jo@acme.example", "channels": [f"slack://{TOKENS}"]}
    here.live(applied(contact=contact))
    with MailCatcher() as mail, HookScript(200) as hook:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{hook.port}")
        server = MailServer(
            host="127.0.0.1", port=mail.port, mode="insecure", messages_per_line=1,
            sender_address="audit@kmop.example",
        )  # fmt: skip
        house = replace(
            here.house,
            renderer=_Renamed(here.house.renderer, name),
            notifier=AppriseNotifier(server),
        )
        assert deliver(house).counts == {"sent": 2}
    (caught,) = mail.caught
    assert caught.recipients == ("jo@acme.example",)
    assert caught.message["Bcc"] is None
    parts = {part.get_content_type(): part for part in caught.message.walk()}
    (chat,) = hook.got
    return (
        caught.message["Subject"],
        parts["text/plain"].get_content(),
        parts["text/html"].get_content(),
        json.dumps(json.loads(chat), ensure_ascii=False),
    )


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_stays_inert_on_its_way(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    subject, text, html, chat = _delivered(name, monkeypatch)
    _, plain_text, plain_html, plain_chat = _delivered("Acme", monkeypatch)
    assert _Tags(html).seen == _Tags(plain_html).seen
    assert len(text) < len(plain_text) + 1_000
    assert len(chat) < len(plain_chat) + 2_000
    assert len(subject) <= 70
    for said in (subject, text, html, chat):
        assert not {"\u202e", "\u2066", "\u2069"} & set(said)
    assert "<!channel>" not in html  # in plain text it is just text
    assert "<script>" not in html
    assert "<" not in chat
    if name == "{{7*7}}":
        assert name in text
        assert name in chat
