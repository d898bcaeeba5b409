"""Log lines: for people or for machines, with case and code, never with a name."""

from __future__ import annotations

import json
import logging

import pytest

from kmop_lifecycle.adapters.logs import configure
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import Refused
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Command, fire
from tests.fakes import Office
from tests.stories import application


@pytest.fixture(autouse=True)
def _put_back():
    logger = logging.getLogger("kmop_lifecycle")
    before, level = list(logger.handlers), logger.level
    logger.handlers.clear()
    yield
    logger.handlers[:] = before
    logger.setLevel(level)


def _refuse():
    data = application(iban="BE00", name="Geheim BV")
    with pytest.raises(Refused):
        fire(Office().house, Command(Trigger.SUBMIT, Actor.parse("provider:x"), data=data))


def test_a_refusal_is_one_json_line_with_its_code_and_no_name(capsys):
    configure("info", json_lines=True)
    _refuse()
    line = capsys.readouterr().err
    said = json.loads(line)

    assert said["event"] == "refused submit on case -: invalid_iban"
    assert said["level"] == "info"
    assert "Geheim" not in line


def test_people_get_a_readable_line_once_however_often_it_is_configured(capsys):
    configure("info", json_lines=False)
    configure("info", json_lines=False)
    _refuse()

    assert capsys.readouterr().err.count("invalid_iban") == 1


def test_a_level_keeps_quiet_what_is_below_it(capsys):
    configure("warning", json_lines=False)
    _refuse()

    assert capsys.readouterr().err == ""
