"""The wiring: what a house stands on, and what is refused before anything is opened."""

from __future__ import annotations

import shutil

import pytest

from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.settings import load_settings
from tests.stories import ROOT


@pytest.fixture
def disposed(monkeypatch):
    """Close every database that the wiring opens."""
    engines = []
    original = bootstrap.database

    def remembering(settings):
        engines.append(original(settings))
        return engines[-1]

    monkeypatch.setattr(bootstrap, "database", remembering)
    yield
    for engine in engines:
        engine.dispose()


@pytest.mark.usefixtures("disposed")
def test_a_database_in_memory_has_its_tables_at_once():
    house = bootstrap.house(load_settings(profile="test"))
    with house.store(reading=True) as uow:
        assert uow.numbers("", 10) == []


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    settings = load_settings(database_url=f"sqlite:///{tmp_path}/none.sqlite3")
    with pytest.raises(ConfigurationError) as caught:
        bootstrap.database(settings)
    assert caught.value.hint == "run: kmop db upgrade"
    assert list(tmp_path.iterdir()) == []


def test_preparing_twice_changes_nothing(tmp_path):
    settings = load_settings(database_url=f"sqlite:///{tmp_path}/var/kmop.sqlite3")
    bootstrap.prepare_database(settings)
    bootstrap.prepare_database(settings)
    file = bootstrap.sqlite_file(settings)
    assert file is not None
    assert file.is_file()


@pytest.mark.parametrize(
    "url", ["sqlite:///:memory:", "sqlite:///", "postgresql://kmop@localhost/kmop"]
)
def test_not_every_database_is_a_file(url):
    assert bootstrap.sqlite_file(load_settings(database_url=url)) is None


@pytest.mark.usefixtures("disposed")
def test_a_database_is_made_with_its_rules_on_record_and_a_change_is_noticed(
    tmp_path, monkeypatch
):
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    monkeypatch.setenv("KMOP_DATABASE_URL", f"sqlite:///{tmp_path}/kmop.sqlite3")
    monkeypatch.setenv("KMOP_CONFIG_DIR", str(folder))
    settings = load_settings()
    bootstrap.prepare_database(settings)
    clocks = folder / "rulebook" / "clocks.toml"
    text = clocks.read_text(encoding="utf-8")
    clocks.write_text(text.replace('length = "12m"', 'length = "13m"', 1), encoding="utf-8")

    with pytest.raises(ConfigurationError, match="was changed since"):
        bootstrap.house(load_settings())
    assert len(bootstrap.accept_changed_rules(Actor.parse("admin:els"), "a typing error")) == 1
    assert bootstrap.house(load_settings()).rules.fingerprint
