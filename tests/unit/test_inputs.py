"""Whatever comes in, a value comes out or one clear line; never another error."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmop_lifecycle.domain.commands import SHAPES, Application, Papers, Plan, VerdictGiven
from kmop_lifecycle.domain.errors import BadInput
from kmop_lifecycle.domain.inputs import read
from tests.stories import application

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_whole_application_is_read():
    got = read(
        Application,
        application(
            kmop_files=3, exemption={"scheme": "qfor", "number": 7, "valid_until": "2026-01-01"}
        ),
    )

    assert got.contact.email == "jo.maes@acme.example"
    assert got.exemption.number == "7"
    assert got.services == {"training": ("digitalisering",)}


def test_a_null_is_as_good_as_left_out():
    assert read(Papers, {"quote_accepted_on": None}).quote_accepted_on is None


@pytest.mark.parametrize(
    ("shape", "raw", "says"),
    [
        (Plan, {"visit_on": "soon"}, "data.visit_on: 'soon' is not a date"),
        (Plan, {"visit_on": datetime(2026, 1, 1)}, "is not a date"),  # noqa: DTZ001
        (Plan, {}, "data.visit_on is missing"),
        (Plan, {"visit_onn": 1}, "has no field 'visit_onn'"),
        (Plan, [], "is not a table"),
        (VerdictGiven, {"verdict": "maybe"}, "is not one of pass"),
        (VerdictGiven, {"verdict": "pass", "measures": "x"}, "is not a list"),
        (VerdictGiven, {"verdict": "pass", "reason": "x" * 10_001}, "characters long"),
        (VerdictGiven, {"verdict": "pass", "reason": 1.5}, "is not text"),
        (Application, {"services": []}, "is not a table"),
        (Application, {"kmop_files": -1}, "is not a whole number"),
        (Application, {"kmop_files": True}, "is not a whole number"),
        (SHAPES["finish_report"], {"hours": "many", "report": "R"}, "is not a number"),
    ],
)
def test_a_misfit_is_named_by_place_value_and_way_out(shape, raw, says):
    with pytest.raises(BadInput, match=says) as caught:
        read(shape, raw)
    assert caught.value.hint


def test_a_field_nearly_right_is_suggested():
    with pytest.raises(BadInput) as caught:
        read(Papers, {"declaration_signed": "2026-01-01"})
    assert caught.value.hint == "did you mean 'declaration_signed_on'?"


def test_a_personal_value_is_never_repeated():
    with pytest.raises(BadInput) as caught:
        read(Application, {"contact": {"email": ["jo@acme.example"]}})
    assert "acme" not in str(caught.value)


@given(st.sampled_from(sorted(set(SHAPES.values()), key=lambda s: s.__name__)), JSON)
def test_no_input_whatever_makes_another_error(shape, raw):
    with suppress(BadInput):
        assert isinstance(read(shape, raw), shape)


@given(st.dictionaries(st.sampled_from(sorted(Application.__slots__)), JSON, max_size=4))
def test_no_application_whatever_makes_another_error(raw):
    with suppress(BadInput):
        read(Application, raw)


def test_dates_stay_dates():
    assert read(Plan, {"visit_on": date(2026, 2, 10)}).visit_on == date(2026, 2, 10)
