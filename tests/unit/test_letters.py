"""A letter says what the message says, whatever that is, to one mailbox and nobody else."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.adapters.letters import MailServer, letter
from kmop_lifecycle.service.ports import Message

SERVER = MailServer(
    host="127.0.0.1",
    port=25,
    sender_address="audit@kmop.example",
    sender_name="Bureau “Ü”, Registratie",
    reply_to="help@kmop.example",
)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
)
HEADS = st.text(st.characters(codec="utf-8"), max_size=300)


def read(message: Message, to: str = "jo@acme.example") -> EmailMessage:
    return message_from_bytes(letter(message, SERVER, to), policy=policy.default)


@given(text=TEXTS, html=TEXTS, calendar=st.one_of(st.none(), st.binary(min_size=1)))
def test_every_part_arrives_as_it_was_given(text: str, html: str, calendar: bytes | None) -> None:
    mail = read(Message("Dag", text, html, calendar))
    parts = {part.get_content_type(): part for part in mail.walk() if not part.is_multipart()}
    assert [part.defects for part in mail.walk()] == [[]] * len([*mail.walk()])
    assert parts["text/plain"].get_payload(decode=True).decode().split("\r\n") == (
        text.removesuffix("\n").split("\n")
    )
    assert parts["text/html"].get_payload(decode=True).decode().split("\r\n") == (
        html.removesuffix("\n").split("\n")
    )
    assert ("text/calendar" in parts) is (calendar is not None)
    if calendar:
        assert parts["text/calendar"].get_payload(decode=True) == calendar


@given(subject=HEADS, reference=HEADS)
def test_whatever_a_subject_or_header_holds_it_is_one_header(subject: str, reference: str) -> None:
    plain = read(Message("Dag", "Dag", "Dag", headers={"X-KMOP-Notice": "a"}))
    mail = read(Message(subject, "Dag", "Dag", headers={"X-KMOP-Notice": reference, "Bcc": "x"}))
    assert mail.keys() == plain.keys()
    assert mail["To"] == "jo@acme.example"


@given(subject=st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1, max_size=70))
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    raw = letter(Message(subject, "Dag", "Dag"), SERVER, "jo@acme.example")
    assert str(message_from_bytes(raw, policy=policy.default)["Subject"]) == " ".join(
        subject.split()
    )
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_the_same_notice_to_the_same_reader_keeps_its_identity() -> None:
    told = Message("Dag", "Dag", "Dag", headers={"X-KMOP-Notice": "a1, b2"})
    other = Message("Dag", "Dag", "Dag", headers={"X-KMOP-Notice": "a1"})
    identity = read(told)["Message-ID"]
    assert identity == read(told)["Message-ID"]
    assert identity.endswith("@kmop.example>")
    assert (
        len({identity, read(other)["Message-ID"], read(told, "an@x.example")["Message-ID"]}) == 3
    )
    bare = Message("Dag", "Dag", "Dag")
    assert read(bare)["Message-ID"] != read(bare)["Message-ID"]
