"""Many messages go over one line, and a line that fails is never used again."""

from __future__ import annotations

import os
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme

from kmop_lifecycle.adapters import mail_line
from kmop_lifecycle.adapters.letters import MailServer
from kmop_lifecycle.adapters.notifier import AppriseNotifier
from kmop_lifecycle.service.ports import Message
from tests.smtp_script import DROP, HANG, SmtpScript

ADDRESS = "jo.maes@acme.example"


def notifier(server: SmtpScript, **changes: Any) -> AppriseNotifier:
    fields = {"mode": "insecure", "sender_address": "audit@kmop.example", "timeout_seconds": 2}
    return AppriseNotifier(
        MailServer(host="127.0.0.1", port=server.port, **(fields | changes))  # type: ignore[arg-type]
    )


def send(sender: AppriseNotifier, times: int = 1, to: str = ADDRESS) -> list[str]:
    letter = Message("Dag", "Dag", "<p>Dag</p>")
    return [sender.send(to, letter).status for _ in range(times)]


def test_many_messages_go_over_one_line() -> None:
    with SmtpScript() as server:
        sender = notifier(server)
        assert send(sender, 5) == ["sent"] * 5
        assert server.connections == 1
        assert server.reached["RSET"] == 0
        del sender
        assert server.hears("QUIT")
    assert len(server.letters) == 5


def test_a_line_carries_so_many_messages_and_no_more() -> None:
    with SmtpScript() as server:
        assert send(notifier(server, messages_per_line=2), 5) == ["sent"] * 5
    assert server.connections == 3


def test_a_secured_line_is_secured_and_logged_in_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    mail_line.trust.cache_clear()
    with SmtpScript(tls=context) as server:
        sender = notifier(server, mode="starttls", user="kmop", password="x" * 8)
        assert send(sender, 3) == ["sent"] * 3
    mail_line.trust.cache_clear()
    assert [server.reached[step] for step in ("TLS", "AUTH", "END")] == [1, 1, 3]


@pytest.mark.parametrize("answer", [DROP, HANG, "421 idle for too long", "451 not now"])
def test_a_line_that_no_longer_answers_is_replaced_before_anything_was_handed_over(
    answer: str,
) -> None:
    with SmtpScript({"MAIL": ("250 ok", answer, "250 ok")}) as server:
        assert send(notifier(server, timeout_seconds=0.4), 3) == ["sent"] * 3
    assert server.connections == 2
    assert len(server.letters) == 3


@pytest.mark.parametrize("step", ["RCPT", "DATA", "END"])
def test_a_line_lost_later_is_no_reason_to_hand_it_over_again(step: str) -> None:
    usual = "354 go" if step == "DATA" else "250 ok"
    with SmtpScript({step: (usual, DROP, usual)}) as server:
        outcomes = send(notifier(server), 2)
    assert outcomes == ["sent", "ambiguous" if step == "END" else "retry"]
    assert server.reached["MAIL"] == 2


def test_a_server_tired_of_a_line_gets_the_message_over_a_new_one() -> None:
    with SmtpScript({"MAIL": ("250 ok", "421 too many messages here", "250 ok")}) as server:
        assert send(notifier(server), 3) == ["sent"] * 3
    assert server.connections == 2
    assert len(server.letters) == 3


def test_a_refused_sender_is_not_asked_again_and_again() -> None:
    with SmtpScript({"MAIL": ("250 ok", "451 later")}) as server:
        assert send(notifier(server), 2) == ["sent", "retry"]
    assert server.reached["MAIL"] == 3


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "END"])
def test_after_a_fault_the_next_message_has_a_new_line(step: str) -> None:
    usual = "354 go" if step == "DATA" else "250 ok"
    with SmtpScript({step: (usual, "552 no", usual)}) as server:
        lost = "dead" if step == "RCPT" else "unfit"
        assert send(notifier(server), 3) == ["sent", lost, "sent"]
    assert server.connections == 2
    assert len(server.letters) == (3 if step == "END" else 2)


def test_a_silent_line_is_not_trusted_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_line, "_IDLE_SECONDS", -1)
    with SmtpScript() as server:
        assert send(notifier(server), 2) == ["sent"] * 2
    assert server.connections == 2


def test_a_forked_process_leaves_its_parents_line_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with SmtpScript() as server:
        sender = notifier(server)
        assert send(sender) == ["sent"]
        monkeypatch.setattr(os, "getpid", lambda: -1)
        assert send(sender) == ["sent"]
        assert server.connections == 2
        assert server.reached["QUIT"] == 0
        assert server.reached["RSET"] == 0


def test_without_tls_no_certificates_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssl, "create_default_context", lambda: pytest.fail("read"))
    mail_line.trust.cache_clear()
    with SmtpScript() as server:
        assert send(notifier(server)) == ["sent"]


def test_with_tls_certificates_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[ssl.SSLContext] = []
    make = ssl.create_default_context

    def counted() -> ssl.SSLContext:
        read.append(make())
        return read[-1]

    monkeypatch.setattr(ssl, "create_default_context", counted)
    mail_line.trust.cache_clear()
    with SmtpScript() as server:
        assert send(notifier(server, mode="starttls"), 3) == ["retry"] * 3  # no handshake
    mail_line.trust.cache_clear()
    assert len(read) == 1
    assert read[0].verify_mode is ssl.CERT_REQUIRED
    assert read[0].check_hostname


def test_senders_that_all_find_their_lines_stale_take_each_a_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two may see the last kept line; one of them has it, the other must not fail."""
    monkeypatch.setattr(mail_line, "_IDLE_SECONDS", -1)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with SmtpScript() as server:
            sender = notifier(server, timeout_seconds=10)
            with ThreadPoolExecutor(4) as pool:
                outcomes = set(pool.map(lambda _: send(sender)[0], range(80)))
    finally:
        sys.setswitchinterval(before)
    assert outcomes == {"sent"}
