"""Who reads a notice: the best address first, and a wish never silences the last reader."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kmop_lifecycle.domain.case import Concern, Contact
from kmop_lifecycle.domain.lifecycle import Role
from kmop_lifecycle.service.recipients import nobody, recipients
from tests import make
from tests.fakes import Office

HOUSE = Office().house
JO = Contact("Jo", "jo@acme.example")
ANN = Contact("Ann", "ann@acme.example", "fr")
FIN = Contact("Fin", "fin@acme.example", "en", role=Concern.FINANCE)
HOOK, OTHER_HOOK = "json://hook.example/a", "json://hook.example/b"


def party(main: Contact = JO, *others: Contact):
    return make.party(contact=main, contacts=others)


def read(notice, whose) -> list[str]:
    return [reader.address for reader in recipients(HOUSE, notice, whose)]


def muting(person: Contact, *ladders: str) -> Contact:
    return replace(person, muted=ladders)


def test_the_main_contact_is_first_and_finance_last():
    assert read(make.notice(), party(JO, FIN, ANN)) == [
        JO.email, ANN.email, FIN.email,
    ]  # fmt: skip


def test_everybody_is_written_to_in_his_own_language():
    found = recipients(HOUSE, make.notice(), party(JO, ANN))

    assert [(r.name, r.language) for r in found] == [("Jo", "nl"), ("Ann", "fr")]


def test_who_muted_a_ladder_stands_behind_all_who_did_not():
    whose = party(muting(JO, "renewal"), ANN)

    assert read(make.notice(), whose) == [ANN.email, JO.email]
    assert read(make.notice(ladder="visit", rung="-3d"), whose) == [JO.email, ANN.email]


def test_a_wish_never_silences_the_last_reader():
    assert read(make.notice(), party(muting(JO, "renewal"))) == [JO.email]
    assert read(make.notice(), party(muting(JO, "renewal"), muting(ANN, "renewal"))) == [
        JO.email, ANN.email,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("ladder", "rung"),
    [
        ("renewal", "+1d"),
        ("follow_up", "+1d"),
        *(
            ("step", name)
            for name in (
                "expire", "revoke", "suspend", "register", "refuse", "measures_lapsed", "lapse",
            )
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_switched_off_reaches_the_main_contact(ladder, rung):
    whose = party(muting(JO, "renewal", "follow_up", "step"), ANN)
    hooked = replace(whose, contact=replace(whose.contact, channels=(HOOK,)))

    assert read(make.notice(ladder=ladder, rung=rung), whose)[0] == JO.email
    assert read(make.notice(ladder=ladder, rung=rung, channel="channel:1"), hooked) == [HOOK]


@pytest.mark.parametrize(("ladder", "rung"), [("step", "pause"), ("waiting", "+1d")])
def test_everything_else_can_be(ladder, rung):
    whose = party(muting(JO, ladder), ANN)

    assert read(make.notice(ladder=ladder, rung=rung), whose)[0] == ANN.email


def test_a_channel_is_nobody_elses_and_keeps_its_number():
    whose = party(replace(JO, channels=("", OTHER_HOOK)), replace(ANN, channels=(HOOK,)))

    assert read(make.notice(channel="channel:2"), whose) == [OTHER_HOOK]
    for gone in ("channel:1", "channel:3", "channel:0", "channel:x"):
        assert read(make.notice(channel=gone), whose) == []
        assert nobody(make.notice(channel=gone), whose) == "channel removed"


def test_a_channel_whose_owner_muted_the_ladder_is_silent():
    whose = party(replace(muting(JO, "renewal"), channels=(HOOK,)))

    assert read(make.notice(channel="channel:1"), whose) == []
    assert nobody(make.notice(channel="channel:1"), whose) == "switched off"
    assert nobody(make.notice(ladder="visit", channel="channel:1"), whose) == ""


def test_channels_of_further_people_serve_when_all_mail_is_dead():
    assert read(make.notice(), party(JO, replace(ANN, channels=(HOOK,)), FIN)) == [
        JO.email, ANN.email, FIN.email, HOOK,
    ]  # fmt: skip


def test_one_address_is_tried_once():
    assert read(make.notice(), party(JO, replace(ANN, email="JO@acme.example"))) == [JO.email]


def test_an_erased_provider_has_no_reader_and_that_is_a_fault():
    for whose in (None, party(Contact())):
        assert read(make.notice(), whose) == []
        assert nobody(make.notice(), whose) == ""


def test_others_are_reached_at_their_office():
    notice = make.notice(role=Role.BUREAU, recipient="bureau:DNV")

    assert read(notice, party(muting(JO, "renewal"))) == ["bureau.DNV@office.example"]
    assert nobody(notice, None) == ""
