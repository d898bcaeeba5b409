"""The notifier against real servers on this machine."""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from apprise.plugins.slack import NotifySlack

from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.mail_catcher import MailCatcher
from kmop_lifecycle.adapters.notifier import AppriseNotifier
from kmop_lifecycle.adapters.overhearing import _seconds
from kmop_lifecycle.service.ports import Message

PASSWORD = "correct-horse-battery"  # noqa: S105  # a test's
TOKENS = "T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
ADDRESS = "jo.maes@acme.example"
HTML = (
    '<!doctype html><html lang="nl"><head><title>Titel</title></head>'
    "<body><h1>Dag Jo</h1> <p>Kosten &lt; 5 &amp; rest é.</p></body></html>"
)
ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


def message(subject: str = "Geregistreerd · 2026-000001", **changes: Any) -> Message:
    fields: dict[str, Any] = {
        "text": "Dag Jo\n\nKosten < 5 & rest é.",
        "html": HTML,
        "calendar": ICS,
        "headers": {
            "X-KMOP-Notice": "abc123",
            "Message-ID": "<mine@x>",
            "Bcc": "eve@evil.example",
        },
    }
    return Message(subject=subject, **(fields | changes))


def notifier(port: int, **changes: Any) -> AppriseNotifier:
    fields: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "mode": "insecure",
        "sender_address": "audit@kmop.example",
        "sender_name": "Bureau, “Ü” <Audit>",
        "reply_to": "help@kmop.example",
        "timeout_seconds": 0.5,
        "messages_per_line": 1,
    }
    return AppriseNotifier(MailServer(**(fields | changes)))


@contextmanager
def smtp_talk(script: dict[str, str | None]) -> Iterator[int]:
    """Answer each command as scripted, "250 ok" by default; None hangs up, "" says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()
        worker = threading.Thread(target=_talk, args=(server, script, done), daemon=True)
        worker.start()
        yield server.getsockname()[1]
        done.set()
        worker.join(5)


def _talk(server: socket.socket, script: dict[str, str | None], done: threading.Event) -> None:
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as lines:
        in_data, said = False, script.get("GREETING", "220 hello")
        while said is not None:
            if said == "":
                done.wait(5)
                return
            connection.sendall(f"{said}\r\n".encode())
            in_data = said.startswith("354")
            line = lines.readline()
            while in_data and line and line != b".\r\n":
                line = lines.readline()
            if not line:
                return
            word = "END" if in_data else line.split(None, 1)[0].decode().upper()
            said = script.get(word, "354 go" if word == "DATA" else "250 ok")


@contextmanager
def webhook(status: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        worker.start()
        try:
            yield server.server_address[1], got
        finally:
            server.shutdown()
            worker.join()


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def at(port: int) -> None:
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://127.0.0.1:{port}")

    return at


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_mail_reaches_one_mailbox_with_html_text_and_calendar() -> None:
    with MailCatcher() as mail:
        assert notifier(mail.port).send(ADDRESS, message()).status == "sent"
    (caught,) = mail.caught
    assert caught.recipients == (ADDRESS,)
    assert caught.sender == "audit@kmop.example"
    parts = {part.get_content_type(): part for part in caught.message.walk()}
    assert parts["text/html"].get_content().strip() == HTML
    assert parts["text/plain"].get_content().split("\r\n") == message().text.split("\n")
    assert parts["text/calendar"].get_payload(decode=True) == ICS
    assert parts["text/calendar"].get_filename() == "kmop.ics"


def test_our_header_is_set_and_message_id_is_left_to_the_transport() -> None:
    with MailCatcher() as mail:
        notifier(mail.port).send(ADDRESS, message())
    sent = mail.caught[0].message
    assert sent.get_all("X-KMOP-Notice") == ["abc123"]
    assert len(sent.get_all("Message-ID", [])) == 1
    assert "<mine@x>" not in sent["Message-ID"]
    assert sent["Bcc"] is None
    assert sent["Subject"] == "Geregistreerd · 2026-000001"
    assert sent["From"].addresses[0].display_name == "Bureau, “Ü” <Audit>"
    assert sent["Reply-To"].addresses[0].addr_spec == "help@kmop.example"


def test_a_line_break_in_a_subject_or_header_adds_no_header() -> None:
    hostile = message("Dag\r\nBcc: eve@evil.example", headers={"X-KMOP-Notice": "a\r\nBcc: e@x.y"})
    with MailCatcher() as mail:
        assert notifier(mail.port).send(ADDRESS, hostile).status == "sent"
    assert mail.caught[0].recipients == (ADDRESS,)
    assert mail.caught[0].message["Bcc"] is None


def test_two_messages_in_a_row_are_not_slowed_down() -> None:
    began = monotonic()
    with MailCatcher() as mail:
        sender = notifier(mail.port)
        outcomes = [sender.send(ADDRESS, message()).status for _ in range(2)]
    assert outcomes == ["sent", "sent"]
    assert monotonic() - began < 5  # Apprise by itself waits 5.5 seconds between two mails


@pytest.mark.parametrize(
    "address",
    [
        "jo@acme.example\r\neve@evil.example",
        "jo@acme.example%0Aeve@evil.example",
        "jo@acme.example,eve@evil.example",
        "jo@acme.example?to=eve@evil.example",
        "jo@acme.example&bcc=eve@evil.example",
        "jo@acme.example/eve@evil.example",
        "Jo <jo@acme.example>",
        "jo@acme",
        "jo\x00@acme.example",
        "é@acme.example",
        "",
    ],
)
def test_an_address_that_is_not_one_plain_mailbox_is_dead_and_nothing_is_sent(
    address: str,
) -> None:
    with MailCatcher() as mail:
        outcome = notifier(mail.port).send(address, message())
    assert outcome.status == "dead"
    assert mail.caught == []


def test_an_international_domain_is_reached_under_its_ascii_name() -> None:
    with MailCatcher() as mail:
        assert notifier(mail.port).send("jo@münchen.example", message()).status == "sent"
    assert mail.caught[0].recipients == ("jo@xn--mnchen-3ya.example",)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("451 4.7.1 greylisted, try later", "retry"),
        ("450 mailbox busy", "retry"),
        ("550 5.1.1 no such user", "dead"),
        ("552 5.2.2 mailbox full", "dead"),
        ("554 5.7.1 Relay access denied", "configuration"),
        ("530 authentication required", "configuration"),
    ],
)
def test_the_answer_to_a_recipient_decides(answer: str, status: str) -> None:
    with MailCatcher(lambda _: answer) as mail:
        outcome = notifier(mail.port).send(ADDRESS, message())
    assert outcome.status == status
    assert outcome.answer.startswith(f"SMTP {answer[:3]}")


@pytest.mark.parametrize(
    ("script", "status"),
    [
        ({"GREETING": "421 too busy"}, "retry"),
        ({"GREETING": "554 you are blocked"}, "configuration"),
        ({"MAIL": "451 later"}, "retry"),
        ({"MAIL": "553 sender not allowed"}, "configuration"),
        ({"MAIL": "552 message too large"}, "unfit"),
        ({"MAIL": None}, "retry"),
        ({"RCPT": ""}, "retry"),
        ({"END": "451 local error"}, "retry"),
        ({"END": "554 content refused"}, "unfit"),
        ({"END": "550 5.1.1 no such user"}, "dead"),
        ({"END": "421 shutting down"}, "ambiguous"),
        ({"END": None}, "ambiguous"),
        ({"END": ""}, "ambiguous"),
        ({"QUIT": None}, "sent"),
    ],
)
def test_before_data_a_failure_may_be_tried_again_and_after_data_it_is_ambiguous(
    script: dict[str, str | None], status: str
) -> None:
    with smtp_talk(script) as port:
        assert notifier(port).send(ADDRESS, message()).status == status


def test_a_silent_server_and_a_closed_port_are_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        outcome = notifier(silent.getsockname()[1]).send(ADDRESS, message())
    assert outcome.status == "retry"
    assert notifier(closed_port()).send(ADDRESS, message()).status == "retry"


def test_a_wrong_password_is_configuration_and_never_told() -> None:
    def nobody(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    with MailCatcher(authenticator=nobody, auth_require_tls=False) as mail:
        sender = notifier(mail.port, user="kmop@acme.example", password=PASSWORD)
        outcome = sender.send(ADDRESS, message())
    assert outcome.status == "configuration"
    assert "535" in outcome.answer
    assert PASSWORD not in repr(sender._mail)


def test_missing_tls_is_configuration() -> None:
    with MailCatcher() as mail:
        assert (
            notifier(mail.port, mode="starttls").send(ADDRESS, message()).status == "configuration"
        )
        assert notifier(mail.port, mode="ssl").send(ADDRESS, message()).status == "configuration"
    assert mail.caught == []


def test_an_unknown_server_name_is_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert notifier(25, host="mail.invalid").send(ADDRESS, message()).status == "configuration"
    assert notifier(25).send("json://web.invalid/x", message()).status == "configuration"


def test_an_error_handled_by_the_caller_is_not_taken_for_the_answer() -> None:
    try:
        socket.create_connection(("127.0.0.1", closed_port()))
    except ConnectionRefusedError:
        with webhook(404) as (port, _):
            outcome = notifier(1).send(f"json://127.0.0.1:{port}/x", message())
    assert (outcome.status, outcome.answer) == ("configuration", "HTTP 404")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, "sent"),
        (429, "retry"),
        (500, "retry"),
        (503, "retry"),
        (400, "unfit"),
        (403, "configuration"),
        (404, "configuration"),
        (410, "configuration"),
    ],
)
def test_a_webhooks_status_decides(
    status: int, expected: str, slack: Callable[[int], None]
) -> None:
    with webhook(status) as (port, got):
        slack(port)
        outcome = notifier(1).send(f"slack://{TOKENS}", message())
    assert outcome.status == expected
    assert len(got) == 1


def test_a_webhook_that_hangs_up_is_ambiguous_and_a_closed_one_is_tried_again() -> None:
    with smtp_talk({"GREETING": None}) as port:
        assert notifier(1).send(f"json://127.0.0.1:{port}/x", message()).status == "ambiguous"
    assert notifier(1).send(f"json://127.0.0.1:{closed_port()}/x", message()).status == "retry"


def test_slack_gets_text_in_which_nothing_is_live(slack: Callable[[int], None]) -> None:
    hostile = "A & B <!channel> <https://evil.example|VLAIO> @everyone <@U123> *x*"
    with webhook(200) as (port, got):
        slack(port)
        notifier(1).send(f"slack://{TOKENS}", message(hostile, text=hostile))
    said = json.dumps(got[0], ensure_ascii=False)
    assert "<" not in said
    assert "A &amp; B &lt;!channel&gt; &lt;https://evil.example|VLAIO&gt;" in said
    assert "@everyone" not in got[0]["attachments"][0]["text"]


def test_a_json_webhook_gets_the_text_and_the_calendar() -> None:
    with webhook(200) as (port, got):
        notifier(1).send(f"json://127.0.0.1:{port}/x", message())
    assert got[0]["title"] == "Geregistreerd · 2026-000001"
    assert got[0]["message"] == message().text
    assert got[0]["attachments"][0]["mimetype"] == "text/calendar"


@pytest.mark.parametrize(
    "address",
    [
        "nosuch://x",
        "syslog://",
        f"slack://{TOKENS}/#a/#b",
        "json://a.example/x?retry=9,json://b.example",
        "mailto://u:p@a.example?to=x@a.example,y@a.example",
    ],
)
def test_a_channel_that_is_unknown_local_or_several_is_configuration(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    assert notifier(1).send(address, message()).status == "configuration"


def test_neither_address_nor_token_nor_password_is_answered_or_logged(
    caplog: pytest.LogCaptureFixture, slack: Callable[[int], None]
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.CRITICAL, logger="mail.log")  # the server's own, not ours
    answers = []
    refusal = f"550 5.1.1 <{ADDRESS}> unknown, see https://x.example/?e={ADDRESS} {PASSWORD}"
    with MailCatcher(lambda _: refusal) as mail:
        answers.append(notifier(mail.port, password=PASSWORD).send(ADDRESS, message()).answer)
    for status in (200, 404):
        with webhook(status) as (port, _):
            slack(port)
            answers.append(notifier(1).send(f"slack://{TOKENS}", message()).answer)
    said = caplog.text + "".join(answers)
    for secret in (ADDRESS, "jo.maes", PASSWORD, *TOKENS.split("/")):
        assert secret not in said
    assert all("\n" not in answer and len(answer) <= 160 for answer in answers)
    assert answers[0].startswith("SMTP 550 5.1.1")


def test_other_users_of_apprise_do_not_suddenly_log_debug(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.NOTSET, logger="root")
    with MailCatcher() as mail:
        notifier(mail.port).send(ADDRESS, message())
    caplog.clear()
    logging.getLogger("apprise").debug("token")
    logging.getLogger("apprise").warning("trouble")
    assert [record.getMessage() for record in caplog.records] == ["trouble"]


def test_nothing_is_left_on_the_disk(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with MailCatcher() as mail:
        notifier(mail.port).send(ADDRESS, message())
    assert list(tmp_path.iterdir()) == []


def test_many_senders_of_a_new_process_all_find_apprise_ready() -> None:
    """Apprise and what it stands on load at the first message; who comes meanwhile has to wait."""
    script = textwrap.dedent("""
        import sys, threading
        from concurrent.futures import ThreadPoolExecutor
        from kmop_lifecycle.adapters.letters import MailServer
        from kmop_lifecycle.adapters.notifier import AppriseNotifier
        from kmop_lifecycle.service.ports import Message

        sys.setswitchinterval(1e-5)
        mail = MailServer(host="127.0.0.1", port=1, sender_address="a@x.example")
        notifier, gate = AppriseNotifier(mail), threading.Barrier(8)
        message = Message("Dag", "Dag", "Dag", b"BEGIN:VCALENDAR")

        def send(_):
            gate.wait()
            return notifier.send(f"json://127.0.0.1:{sys.argv[1]}/x", message).status

        with ThreadPoolExecutor(8) as pool:
            print(*pool.map(send, range(8)))
    """)
    with webhook(200) as (port, _):
        ran = subprocess.run(  # noqa: S603  # our own words
            [sys.executable, "-c", script, str(port)], capture_output=True, text=True, check=True
        )
    assert ran.stdout.split() == ["sent"] * 8


def test_the_notifier_never_raises() -> None:
    with MailCatcher() as mail:
        assert notifier(mail.port).send(ADDRESS, message(html=5)).status == "unfit"
        assert notifier(mail.port, host=5).send(ADDRESS, message()).status == "configuration"
    assert mail.caught == []


@pytest.mark.parametrize("address", ["json://[x", "https://ho[st/", "slack://[/", "a b://[x"])
def test_an_address_that_cannot_be_taken_apart_is_none(address: str) -> None:
    outcome = notifier(9).send(address, message())
    assert outcome.status in {"configuration", "dead"}
    assert "unforeseen" not in outcome.answer


@pytest.mark.parametrize(
    "said",
    ["\x0b" * 9 + "1", "Tue, 24 Nov 2026 10:00:00 +99999999999999999999", "9" * 30,
     "Tue, 24 Nov 99999999999 10:00:00 +0000", "-1", "\u00b2", ""],
)  # fmt: skip
def test_however_long_a_web_hook_says_to_wait_it_is_a_day_at_most(said: str) -> None:
    wait = _seconds(said)
    assert wait is None or timedelta() <= wait <= timedelta(days=1)
