"""Two letters per indicator, and what they propose."""

from __future__ import annotations

import pytest

from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.rulebook import Kind
from kmop_lifecycle.domain.scoring import applicable, incomplete, proposal, read_scores
from tests.stories import shipped_rules

NORM = shipped_rules().norm.versions[0].value
CODES = ("A1", "A2", "E1")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("all T", {"A1": "TT", "A2": "TT", "E1": "TT"}),
        ("all V except {E1: GT, A2: BV}", {"A1": "VV", "A2": "BV", "E1": "GT"}),
        ({"A1": "TT", "A2": "G"}, {"A1": "TT", "A2": "G"}),
        ("", {}),
    ],
)
def test_scores_are_read_as_people_write_them(given, read):
    assert read_scores(given, CODES) == read


@pytest.mark.parametrize(
    "given", ["most T", "all X", "all T except {E1}", {"A1": "TX"}, {"A1": "TTT"}]
)
def test_other_letters_are_named(given):
    with pytest.raises(BadInput, match="is not a score"):
        read_scores(given, CODES)


def test_one_letter_is_one_score_too_few():
    assert incomplete({"A1": "TT", "A2": "T"}, CODES) == ["A2", "E1"]


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        ({"A1": "TT", "A2": "VV"}, "pass"),
        ({"A1": "TT", "A2": "GV"}, "corrective"),
        ({"A1": "TG", "A2": "BV"}, "fail"),
    ],
)
def test_any_limited_fails_any_partial_is_repairable(scores, says):
    assert proposal(scores) == says


def test_the_follow_up_scores_exactly_what_the_starter_was_exempt_from():
    everything = {indicator.code for indicator in NORM.indicators}
    starter = set(applicable(NORM, Kind.STARTER))

    assert set(applicable(NORM, Kind.FOLLOW_UP)) == everything - starter
    assert {code[0] for code in everything - starter} == {"E", "T"}
    assert everything - set(applicable(NORM, Kind.EXEMPTION)) == {"E3", "T1", "T2", "T3"}
    assert set(applicable(NORM, Kind.BASIC)) == everything
