"""Whatever goes wrong on the way out has its named outcome, and nothing secret is told of it."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from apprise.plugins.slack import NotifySlack

from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.mail_line import trust
from kmop_lifecycle.adapters.notifier import AppriseNotifier
from kmop_lifecycle.service.ports import Message, Outcome
from tests import hook_script, smtp_script
from tests.hook_script import HookScript
from tests.smtp_script import DROP, HANG, SmtpScript

PASSWORD = "correct-horse-battery"  # noqa: S105  # a test's
TOKENS = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
ADDRESS = "jo.maes@acme.example"
USER = "kmop.mailer"
CANARIES = (PASSWORD, ADDRESS, "jo.maes", USER, *TOKENS.split("/"), "hook-secret")
NOTICE = Message("Geregistreerd", "Dag Jo", "<p>Dag Jo</p>", b"BEGIN:VCALENDAR\r\n")
SOON = 0.4
Send = Callable[..., Outcome]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


@pytest.fixture(autouse=True)
def trusted(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """This machine trusts the authority of these tests, and no other."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    trust.cache_clear()
    yield
    trust.cache_clear()


@pytest.fixture
def send(caplog: pytest.LogCaptureFixture) -> Iterator[Send]:
    """Send one notice; at the end nothing secret was answered or logged, not even at DEBUG."""
    caplog.set_level(logging.DEBUG)
    answers: list[str] = []

    def one(port: int, address: str = ADDRESS, **changes: Any) -> Outcome:
        outcome = _notifier(port, **changes).send(address, NOTICE)
        answers.append(outcome.answer)
        return outcome

    yield one
    said = caplog.text + "".join(answers)
    assert answers
    assert [canary for canary in CANARIES if canary in said] == []
    assert all(answer and len(answer) <= 160 and "\n" not in answer for answer in answers)


def _notifier(port: int, **changes: Any) -> AppriseNotifier:
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "mode": "starttls",
        "user": USER,
        "password": PASSWORD,
        "sender_address": "audit@kmop.example",
        "timeout_seconds": SOON,
    }
    return AppriseNotifier(MailServer(**(fields | changes)))


AWAY = "the connection was lost before the message was handed over"
PERHAPS = "the connection was lost after the message was handed over"
SMTP_FAULTS = [
    ("GREETING", "421 too busy", "retry", "SMTP 421"),
    ("GREETING", "554 you are blocked", "configuration", "SMTP 554"),
    ("GREETING", HANG, "retry", AWAY),
    ("GREETING", DROP, "retry", AWAY),
    ("EHLO", "451 later", "retry", "SMTP 451"),
    ("EHLO", "421 closing", "retry", AWAY),
    ("EHLO", "550 not with that name", "configuration", "SMTP 550"),
    ("EHLO", HANG, "retry", AWAY),
    ("EHLO", DROP, "retry", AWAY),
    ("STARTTLS", "454 TLS not available now", "retry", "SMTP 454"),
    ("STARTTLS", "501 no", "configuration", "SMTP 501"),
    ("STARTTLS", HANG, "retry", AWAY),
    ("STARTTLS", DROP, "retry", AWAY),
    ("AUTH", f"454 {USER} later", "retry", "SMTP 454"),
    ("AUTH", f"535 5.7.8 {USER} {PASSWORD} wrong", "configuration", "SMTP 535 5.7.8"),
    ("AUTH", HANG, "retry", AWAY),
    ("AUTH", DROP, "retry", AWAY),
    ("MAIL", "451 later", "retry", "SMTP 451"),
    ("MAIL", "421 closing", "retry", "SMTP 421"),
    ("MAIL", "553 sender not allowed", "configuration", "SMTP 553"),
    ("MAIL", "552 message too large", "unfit", "SMTP 552"),
    ("MAIL", HANG, "retry", AWAY),
    ("MAIL", DROP, "retry", AWAY),
    ("RCPT", f"450 <{ADDRESS}> busy", "retry", "SMTP 450"),
    ("RCPT", "421 closing", "retry", "SMTP 421"),
    ("RCPT", f"550 5.1.1 <{ADDRESS}> unknown", "dead", "SMTP 550 5.1.1"),
    ("RCPT", f"501 <{ADDRESS}> malformed", "dead", "SMTP 501"),
    ("RCPT", "553 no such mailbox", "dead", "SMTP 553"),
    ("RCPT", "554 5.7.1 relay access denied", "configuration", "SMTP 554 5.7.1"),
    ("RCPT", "553 5.7.1 <audit@kmop.example>: Sender address rejected", "configuration", "SMTP"),
    ("RCPT", "554 5.7.1 Client host blocked using zen", "configuration", "SMTP 554 5.7.1"),
    ("RCPT", HANG, "retry", AWAY),
    ("RCPT", DROP, "retry", AWAY),
    ("DATA", "451 later", "retry", "SMTP 451"),
    ("DATA", "421 closing", "retry", "SMTP 421"),
    ("DATA", "554 no", "unfit", "SMTP 554"),
    ("DATA", HANG, "retry", AWAY),
    ("DATA", DROP, "retry", AWAY),
    ("END", "451 local error", "retry", "SMTP 451"),
    ("END", "421 shutting down", "ambiguous", "SMTP 421"),
    ("END", "552 too much", "unfit", "SMTP 552"),
    ("END", f"554 content of {ADDRESS} refused", "unfit", "SMTP 554"),
    ("END", f"550 5.1.1 <{ADDRESS}> unknown", "dead", "SMTP 550 5.1.1"),
    ("END", "552 5.2.2 mailbox full", "dead", "SMTP 552 5.2.2"),
    ("END", HANG, "ambiguous", PERHAPS),
    ("END", DROP, "ambiguous", PERHAPS),
]


@pytest.mark.parametrize(("step", "answer", "status", "reason"), SMTP_FAULTS)
def test_a_fault_at_a_step_of_smtp(
    step: str, answer: str, status: str, reason: str, send: Send, server_tls: ssl.SSLContext
) -> None:
    with SmtpScript({step: answer}, server_tls) as server:
        outcome = send(server.port)
    assert outcome.status == status
    assert outcome.answer.startswith(reason)
    assert outcome.silent is (reason in (AWAY, PERHAPS))
    assert server.reached[step] == 1
    order = ("GREETING", "EHLO", "STARTTLS", "TLS", "AUTH", "MAIL", "RCPT", "DATA", "END")
    assert not [late for late in order[order.index(step) + 1 :] if server.reached[late]]


def test_every_step_is_tried_with_every_kind_of_fault() -> None:
    kinds = {(step, answer[0]) for step, answer, _, _ in SMTP_FAULTS}
    assert kinds == {
        (step, kind)
        for step in (set(smtp_script.USUAL) | {"MAIL", "RCPT", "END"}) - {"QUIT", "HELO"}
        for kind in ("4", "5", HANG[0])
    } | {(step, DROP[0]) for step, *_ in SMTP_FAULTS}
    assert {s for s, answer, *_ in SMTP_FAULTS if answer == HANG} == {s for s, *_ in SMTP_FAULTS}


def test_without_a_fault_it_is_sent_secured_and_logged_in(
    send: Send, server_tls: ssl.SSLContext
) -> None:
    with SmtpScript(tls=server_tls) as server:
        assert send(server.port) == Outcome("sent", "accepted")
    assert {"TLS", "AUTH", "END"} <= set(server.reached)
    assert len(server.letters) == 1


def test_a_farewell_that_fails_changes_nothing(send: Send, server_tls: ssl.SSLContext) -> None:
    for farewell in (DROP, HANG, "500 what"):
        with SmtpScript({"QUIT": farewell}, server_tls) as server:
            assert send(server.port, messages_per_line=1).status == "sent"
            assert server.hears("QUIT")


def test_greylisting_is_over_at_the_next_attempt(send: Send, server_tls: ssl.SSLContext) -> None:
    with SmtpScript({"RCPT": ("451 4.7.1 greylisted", "250 ok")}, server_tls) as server:
        assert send(server.port).status == "retry"
        assert send(server.port).status == "sent"
    assert server.reached["RCPT"] == 2
    assert len(server.letters) == 1


def test_nobody_listens(send: Send) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert send(port) == Outcome("retry", "connection refused", silent=True)


def test_nobody_picks_up(send: Send) -> None:
    """A full queue leaves a connection hanging before it stands."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        at = server.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)  # socket's
            waiting.connect_ex(at)
        assert send(at[1]) == Outcome("retry", AWAY, silent=True)


def test_a_certificate_of_nobody_or_of_another_host_is_configuration(
    send: Send, authority: trustme.CA
) -> None:
    for cert in (trustme.CA().issue_cert("127.0.0.1"), authority.issue_cert("mail.example")):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        cert.configure_cert(context)
        with SmtpScript(tls=context) as server:
            assert send(server.port) == Outcome("configuration", "no trusted TLS connection")
        assert server.reached["STARTTLS"] == 1
        assert server.reached["MAIL"] == 0


def test_a_handshake_that_breaks_off_is_tried_again(send: Send) -> None:
    with SmtpScript({"STARTTLS": "220 go"}, None) as server:
        assert send(server.port) == Outcome("retry", AWAY, silent=True)
    assert server.reached["STARTTLS"] == 1


def test_a_server_without_what_the_settings_ask_is_configuration(send: Send) -> None:
    with SmtpScript({"EHLO": "250 hello"}) as server:
        assert send(server.port).status == "configuration"
        assert send(server.port, mode="insecure").status == "configuration"
    with SmtpScript({"EHLO": "250-hello\r\n250 AUTH GSSAPI"}) as server:
        outcome = send(server.port, mode="insecure")
    assert outcome == Outcome("configuration", "the mail server offers no way to log in")
    assert server.reached["MAIL"] == 0


def test_a_password_that_cannot_be_sent_is_configuration(send: Send) -> None:
    with SmtpScript() as server:
        outcome = send(server.port, mode="insecure", password="pässwörd")  # noqa: S106
    assert outcome == Outcome("configuration", "the user name or password cannot be sent")


def test_an_old_server_without_ehlo_is_served(send: Send) -> None:
    with SmtpScript({"EHLO": "502 what", "HELO": "250 hello"}) as server:
        assert send(server.port, mode="insecure", user="").status == "sent"
    assert server.reached["HELO"] == 1


def _at(kind: str, port: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the address of a hook of this kind."""
    if kind == "slack":
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{port}")
        return f"slack://{TOKENS}"
    return f"json://127.0.0.1:{port}/hook-secret?rto=60&redirect=yes"


PAGE = f"<html>{ADDRESS} {TOKENS}</html>".encode()
LOST = "the connection was lost while waiting for the answer"
HOOK_FAULTS: list[tuple[int, bytes, dict[str, str], str, str]] = [
    (200, b"ok", {}, "sent", "accepted"),
    (429, b"slow down", {}, "retry", "HTTP 429"),
    (500, PAGE, {}, "retry", "HTTP 500"),
    (503, PAGE, {}, "retry", "HTTP 503"),
    (400, PAGE, {}, "unfit", "HTTP 400"),
    (404, PAGE, {}, "configuration", "HTTP 404"),
    (410, PAGE, {}, "configuration", "HTTP 410"),
    (403, PAGE, {}, "configuration", "HTTP 403"),
    (hook_script.HANG, b"", {}, "ambiguous", LOST),
    (hook_script.DROP, b"", {}, "ambiguous", LOST),
]


@pytest.mark.parametrize("kind", ["json", "slack"])
@pytest.mark.parametrize(("code", "body", "headers", "status", "reason"), HOOK_FAULTS)
def test_a_fault_of_a_web_hook(
    kind: str,
    code: int,
    body: bytes,
    headers: dict[str, str],
    status: str,
    reason: str,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with HookScript(code, body, **headers) as hook:
        outcome = send(1, _at(kind, hook.port, monkeypatch))
    assert outcome == Outcome(status, reason, silent=reason == LOST)
    assert hook.reached == 1


@pytest.mark.parametrize("kind", ["json", "slack"])
@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("90", 90),
        ("99999999", 86_400),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2065 07:28:00 -0000", 86_400),
        ("soon", None),
        ("", None),
    ],
)
def test_a_web_hook_that_says_how_long_to_wait_is_heard(
    kind: str, said: str, seconds: int | None, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HookScript(429, b"slow down", Retry_After=said) as hook:
        outcome = send(1, _at(kind, hook.port, monkeypatch))
    wait = None if seconds is None else timedelta(seconds=seconds)
    assert outcome == Outcome("retry", "HTTP 429", wait=wait)


def test_a_page_in_place_of_an_answer(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack says "ok"; an arbitrary hook may say what it likes, and 200 is all we can know."""
    with HookScript(200, PAGE) as hook:
        outcome = send(1, _at("slack", hook.port, monkeypatch))
        assert send(1, _at("json", hook.port, monkeypatch)).status == "sent"
    assert outcome == Outcome("configuration", "HTTP 200 without the answer of this service")
    assert hook.reached == 2


@pytest.mark.parametrize("kind", ["json", "slack"])
@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(
    kind: str, code: int, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HookScript(200) as other:
        with HookScript(code, Location=f"http://127.0.0.1:{other.port}/{TOKENS}") as hook:
            outcome = send(1, _at(kind, hook.port, monkeypatch))
        assert hook.reached == 1
    assert other.reached == 0
    assert outcome.status == "configuration"
    assert outcome.answer.startswith(f"HTTP {code}")


@pytest.mark.parametrize(
    ("errno", "status"),
    [(socket.EAI_AGAIN, "retry"), (socket.EAI_NONAME, "configuration")],
)
def test_a_name_that_cannot_be_looked_up(
    errno: int, status: str, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def failing(host: str, *_: object, **__: object) -> None:
        asked.append(host)
        raise socket.gaierror(errno, "no")

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    assert send(25, host="mail.invalid").status == status
    assert send(25, "json://web.invalid/hook-secret").status == status
    assert send(25, f"slack://{TOKENS}").status == status
    assert asked == ["mail.invalid", "web.invalid", "hooks.slack.com"]
