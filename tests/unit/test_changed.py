"""A changed copy is what `dataclasses.replace` would make, and the first stays as it was."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from kmop_lifecycle.domain.case import Audit
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.parts import changed
from tests import make


def test_some_fields_are_other_ones_and_all_else_is_the_same():
    case = make.case()
    moved = changed(case, state=State.PREPARED, version=2)
    assert moved == replace(case, state=State.PREPARED, version=2)
    assert (case.state, case.version) == (State.APPLIED, 1)


def test_a_field_that_is_none_is_refused():
    with pytest.raises(TypeError, match=r"Audit has no .'visited_on'"):
        changed(Audit(), visited_on=None)


def test_the_copy_is_as_frozen_as_the_first():
    with pytest.raises(FrozenInstanceError):
        changed(make.case(), version=2).version = 3
