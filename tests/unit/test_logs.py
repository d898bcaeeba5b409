"""Log lines: for people or for machines, with case and code, never with a name."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

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


def test_a_line_for_machines_names_run_and_case(capsys):
    configure("info", json_lines=True)
    logger = logging.getLogger("kmop_lifecycle.service.sweep")
    for _ in range(2):
        logger.warning("case %s cannot be swept", "2026-000007", extra={"case": "2026-000007"})
    first, second = map(json.loads, capsys.readouterr().err.splitlines())

    assert first["case"] == "2026-000007"
    assert first["run"]
    assert first["run"] == second["run"]


def test_the_run_is_prefects_where_prefect_started_this():
    ask = "from kmop_lifecycle.adapters import logs; print(logs._RUN)"
    wanted = {**os.environ, "PREFECT__FLOW_RUN_ID": "0199-run"}
    told = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ask], env=wanted, capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "0199-run"
