"""What an installation is told to set: nothing is missing or unknown, no secret stands there."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kmop_lifecycle.secret_places import SECRETS
from kmop_lifecycle.settings import Settings, load_settings
from tests.stories import ROOT

CONFIG, DEPLOY = ROOT / "config", ROOT / "deploy"
EXAMPLE = (DEPLOY / "env.example").read_text(encoding="utf-8")
LINE = re.compile(r"^(#?)([A-Z]\w*)=(.*)$", re.MULTILINE)
SET = {name: value for off, name, value in LINE.findall(EXAMPLE) if not off}
LEFT = {name: value for off, name, value in LINE.findall(EXAMPLE) if off}
PLACES = {"KMOP_PROFILE", "KMOP_CONFIG_DIR"}  # say which files are read; no file gives them
REFERENCE = re.compile(r"file:/\S+|env:\w+|prefect:[a-z0-9-]+")
# Where variables of Prefect are set, and which are not Prefect's own but of prefect-redis, or a
# word of the compose file.
SAID = ["env.example", "compose.yaml", "systemd/cluster.env", "kubernetes/settings.yaml",
        "systemd/kmop-server@.service", "systemd/kmop-worker@.service"]  # fmt: skip
BESIDE = {"PREFECT_REDIS_MESSAGING_URL", "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL", "PREFECT_AUTH"}


def toml(profile: str) -> dict[str, Any]:
    return tomllib.loads((CONFIG / f"{profile}.toml").read_text(encoding="utf-8"))


def variables(table: Mapping[str, Any], before: str = "KMOP_") -> dict[str, str]:
    """Return every key as the variable that sets it, with its value as one writes it there."""
    found = {}
    for key, value in table.items():
        name = before + key.upper()
        if isinstance(value, dict):
            found |= variables(value, f"{name}__")
        else:
            found[name] = value if isinstance(value, str) else json.dumps(value)
    return found


DEFAULTS = variables(toml("default"))


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("KMOP_")]:
        monkeypatch.delenv(name)


def test_every_setting_is_in_the_example_once_and_nothing_unknown():
    named = [name for _, name, _ in LINE.findall(EXAMPLE)]
    assert len(named) == len(set(named))
    ours = {name for name in named if name.startswith("KMOP_")}
    assert ours == {*DEFAULTS, *PLACES}


def test_what_is_left_out_is_said_with_its_default():
    ours = {name: value for name, value in LEFT.items() if name in DEFAULTS}
    assert ours == {name: DEFAULTS[name] for name in ours}


def test_what_is_set_differs_from_the_default():
    """Otherwise it could be left out; somebody would think that it must be filled in."""
    assert not [name for name, value in SET.items() if DEFAULTS.get(name) == value]


def test_the_example_is_taken_as_it_stands_and_explained(monkeypatch):
    for name, value in SET.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(config_dir=CONFIG)
    assert settings.profile == "production"
    assert settings.database_label == "postgresql+psycopg://localhost/kmop"
    for paragraph in EXAMPLE.strip().split("\n\n"):
        assert re.match(r"# \S", paragraph)


def test_with_everything_switched_on_it_is_taken_too(monkeypatch):
    for name, value in (SET | LEFT).items():
        monkeypatch.setenv(name, value)
    plain = load_settings(config_dir=CONFIG)
    assert plain.sweep == load_settings(config_dir=CONFIG, profile="default").sweep


def test_the_only_secrets_in_the_example_are_to_be_filled_in():
    secret = {"KMOP_" + "__".join(path).upper() for path in SECRETS} - {"KMOP_DATABASE_URL"}
    assert {SET[name] for name in secret} == {"PASSWORD"}
    assert not re.search(r"://[^/\s]+:[^@\s]+@", EXAMPLE)
    assert not [value for name, value in LEFT.items() if "AUTH_STRING" in name and value]


@pytest.mark.parametrize("profile", ["production", "test"])
def test_a_profile_says_only_what_there_is_and_what_it_changes(profile):
    own = variables(toml(profile))
    assert own
    assert set(own) <= set(DEFAULTS)
    assert load_settings(config_dir=CONFIG, profile=profile).profile == profile
    assert {name for name in own if own[name] == DEFAULTS[name]} <= {"KMOP_LOG__LEVEL"}


def secrets_told(profile: Path) -> list[str]:
    """Return which secrets a file holds by themselves instead of where they lie."""
    given = variables(tomllib.loads(profile.read_text(encoding="utf-8")))
    found = []
    for path in SECRETS:
        value = given.get("KMOP_" + "__".join(path).upper(), "")
        bare = (
            not value
            or value.startswith("sqlite:///")
            or re.fullmatch(r"\w+://[^:@]*@?[^@]*", value)
        )
        if not bare and not REFERENCE.fullmatch(value):
            found.append(".".join(path))
    return found


@pytest.mark.parametrize("profile", ["default", "production", "test"])
def test_a_file_holds_no_secret_but_where_it_lies(profile):
    assert secrets_told(CONFIG / f"{profile}.toml") == []


def test_a_secret_in_a_file_would_be_found(tmp_path):
    file = tmp_path / "spoilt.toml"
    three = 'database_url = "{}"\ndatabase_password = "{}"\n[mail]\nsmtp_password = "{}"\n'
    file.write_text(three.format("postgresql://kmop:geheim@db/kmop", "geheim", "geheim"))
    assert secrets_told(file) == ["database_url", "database_password", "mail.smtp_password"]
    file.write_text(three.format("postgresql://kmop@db/kmop", "env:DB", "file:/run/secrets/smtp"))
    assert secrets_told(file) == []


def test_the_variables_that_production_asks_for_are_there():
    asked = set(re.findall(r"\bKMOP_\w+", (CONFIG / "production.toml").read_text()))
    assert asked
    assert asked <= set(DEFAULTS)
    assert asked <= set(SET)  # whoever copies the example has them before his eyes


@pytest.mark.parametrize("name", SAID)
def test_prefect_knows_every_variable_of_its_own(name):
    from prefect.settings import Settings as Prefects  # noqa: PLC0415  # a second to load
    from prefect.settings.legacy import _get_valid_setting_names  # noqa: PLC0415

    said = set(re.findall(r"\bPREFECT_\w+", (DEPLOY / name).read_text(encoding="utf-8")))
    assert said
    assert said - BESIDE <= _get_valid_setting_names(Prefects)


def test_every_section_of_the_settings_has_its_variables():
    """A section that default.toml forgot would be missing from both."""
    assert {name.split("__")[0] for name in DEFAULTS} | PLACES == {
        "KMOP_" + name.upper() for name in Settings.model_fields
    }
