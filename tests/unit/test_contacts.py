"""Contacts: complete or refused, changed on record, kept over a renewal; values never told."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from kmop_lifecycle.domain.case import Actor, Concern, Contact
from kmop_lifecycle.domain.contacts import (
    added,
    changed,
    checked,
    ladder_names,
    removed,
    renewed,
    switched,
)
from kmop_lifecycle.domain.errors import BadInput, ChangedMeanwhile, Code, NotFound, Refused
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.contacts import change, look_up
from kmop_lifecycle.service.deliver import deliver
from tests import make
from tests.fakes import Office
from tests.stories import Story, application, applied, shipped_rules

JO = Contact("Jo", "jo@acme.example", channels=("json://a.example/1", "json://a.example/2"))
ANN = Contact("Ann", "ann@acme.example", "fr")
EVA = Contact("Eva", "eva@acme.example")
LADDERS = ladder_names(shipped_rules())
ADMIN = Actor.parse("admin:els")
ENTERPRISE = "0566988259"


def further(**fields: object) -> dict[str, object]:
    return {"name": "Ann Secret", "email": "ann@acme.example"} | fields


def refusal(*people: dict[str, object]) -> Refused:
    asked = application(contacts=list(people))
    with pytest.raises(Refused) as refused:
        Story().do("2026-01-05", Trigger.SUBMIT, "provider:acme", **asked)
    return refused.value


def test_an_application_may_name_further_people():
    story = applied(contacts=[further(role="finance", language="fr", muted=["renewal"])])
    (ann,) = story.changes[0].party.contacts

    assert (ann.role, ann.language, ann.muted) == (Concern.FINANCE, "fr", ("renewal",))
    assert "Secret" not in str(story.changes[0].event.facts)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "Ann\nSecret"},
        {"email": "secret at acme"},
        {"language": "secret"},
        {"role": "secret"},
        {"channels": ["secret"]},
        {"channels": [""]},
        {"muted": ["secret"]},
        {"email": {"secret": 1}},
        {"email": "jo.maes@acme.example"},  # the main contact's
    ],
)
def test_they_are_checked_like_the_main_contact_and_never_quoted(fields):
    refused = refusal(further(**fields))

    assert refused.code == Code.INVALID_APPLICATION
    assert "secret" not in f"{refused} {refused.hint}".lower()


def test_too_many_people_are_refused():
    crowd = [further(email=f"a{n}@acme.example") for n in range(20)]

    assert refusal(*crowd).code == Code.INVALID_APPLICATION


def test_a_person_is_added_changed_and_removed():
    two = added((JO,), ANN)
    french = changed(two.people, 1, {"language": "fr", "email": "j@acme.example"})

    assert (two.people, two.what) == ((JO, ANN), "added contact 2")
    assert french.what == "changed contact 1: email, language"
    assert french.people[0].name == "Jo"
    assert removed(two.people, 2).people == (JO,)
    for place in (0, 3):
        with pytest.raises(BadInput, match="no contact"):
            removed(two.people, place)
    with pytest.raises(BadInput, match="main contact"):
        removed(two.people, 1)


def test_a_channel_keeps_its_number_and_a_free_number_is_taken_again():
    dropped = changed((JO,), 1, {}, drop=[1])
    again = changed(dropped.people, 1, {}, add=["json://b.example", "json://c.example"])

    assert dropped.people[0].channels == ("", "json://a.example/2")
    assert again.people[0].channels == (
        "json://b.example", "json://a.example/2", "json://c.example",
    )  # fmt: skip
    assert checked(dropped, LADDERS) is dropped
    for n in (0, 1, 3):
        with pytest.raises(BadInput, match="no channel"):
            changed(dropped.people, 1, {}, drop=[n])


def test_a_change_is_checked_as_a_whole():
    many = [f"json://a.example/{n}" for n in range(20)]
    for bad in (
        added((JO,), replace(ANN, email="JO@acme.example")),
        added((JO,), replace(ANN, email="ann at acme")),
        changed((JO,), 1, {}, add=["slack"]),
        changed((JO,), 1, {}, add=many),
        switched((JO,), 1, ["no_ladder"], off=True),
    ):
        with pytest.raises(Refused) as refused:
            checked(bad, LADDERS)
        assert refused.value.code == Code.INVALID_APPLICATION


def test_a_wish_can_be_undone():
    off = switched((JO, ANN), 2, ["visit", "renewal"], off=True)
    on = switched(off.people, 2, ["visit"], off=False)

    assert off.people[1].muted == ("renewal", "visit")
    assert off.what == "muted for contact 2: renewal, visit"
    assert (on.people[1].muted, on.what) == (("renewal",), "unmuted for contact 2: visit")
    assert switched(off.people, 2, ["visit"], off=True).what == ""


def test_a_new_application_keeps_wishes_and_further_people():
    old = make.party(contact=replace(JO, muted=("visit",)), contacts=(ANN, EVA))
    new = make.party(contact=replace(ANN, language="nl"))
    named = make.party(contact=replace(JO, channels=()), contacts=(EVA,))

    assert renewed(None, new) is new
    assert renewed(old, new).contacts == (EVA,)  # Ann is the main one now
    assert renewed(old, new).contact.language == "nl"
    assert renewed(old, named).contact.muted == ("visit",)
    assert renewed(old, named).contacts == (EVA,)


@pytest.fixture
def office() -> Office:
    office = Office()
    office.live(applied())
    return office


def test_every_change_is_on_record_without_any_value(office, caplog):
    caplog.set_level(logging.DEBUG)
    for provider in ("BE 0566.988.259", "2026-000001"):
        person = replace(ANN, email=f"ann@{len(provider)}.example")
        change(office.house, provider, ADMIN, lambda now, p=person: added(now, p))
    change(office.house, ENTERPRISE, ADMIN, lambda now: changed(now, 2, {"name": "Eva"}))
    listed = look_up(office.house, "2026-000001")

    assert [person.name for person in listed.people] == ["Jo Maes", "Eva", "Ann"]
    assert [(one.seq, one.actor, one.what) for one in listed.changes] == [
        (1, "admin:els", "added contact 2"),
        (2, "admin:els", "added contact 3"),
        (3, "admin:els", "changed contact 2: name"),
    ]
    assert listed.changes[0].at == office.clock.now()
    assert caplog.text == ""


def test_nothing_is_written_for_a_look_a_repetition_or_a_refusal(office):
    before = look_up(office.house, ENTERPRISE)

    def add(now):
        return added(now, ANN)

    assert change(office.house, ENTERPRISE, ADMIN, add, dry_run=True).what == "added contact 2"
    same = change(office.house, ENTERPRISE, ADMIN, lambda now: changed(now, 1, {"language": "nl"}))
    assert same.as_json() == {
        "enterprise": ENTERPRISE, "changed": False, "what": "", "dry_run": False,
    }  # fmt: skip
    with pytest.raises(Refused, match="auditor may not") as refused:
        change(office.house, ENTERPRISE, Actor.parse("auditor:an"), add)
    assert refused.value.code == Code.ROLE_NOT_ALLOWED
    with pytest.raises(ChangedMeanwhile):
        change(office.house, ENTERPRISE, ADMIN, add, seen=1)
    assert look_up(office.house, ENTERPRISE) == before


def test_who_is_not_there_is_not_found(office):
    for provider, error in (
        ("0403.019.261", NotFound), ("2026-000009", NotFound), ("Acme", BadInput),
    ):  # fmt: skip
        with pytest.raises(error):
            look_up(office.house, provider)


def test_a_wish_and_a_dropped_channel_decide_where_the_next_mail_goes():
    office = Office()
    contact = {"name": "Jo", "email": "jo@acme.example", "channels": ["json://a.example/1"]}
    number = office.live(applied(contact=contact))
    change(office.house, number, ADMIN, lambda now: added(now, ANN))
    change(office.house, number, ADMIN, lambda now: switched(now, 1, ["step"], off=True))
    change(office.house, number, ADMIN, lambda now: changed(now, 1, {}, drop=[1]))
    deliver(office.house)

    assert [address for address, _ in office.notifier.sent] == [ANN.email]
    assert office.rows(number) == [
        ("step:submit to provider", "sent"), ("step:submit to provider", "moot"),
    ]  # fmt: skip
