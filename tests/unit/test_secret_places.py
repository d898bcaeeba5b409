"""A secret may lie in a file or a variable that its setting names; what is wrong says where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.settings import files_of_secrets, load_settings
from tests.stories import ROOT

PASSWORD = "geheim-9c1f"  # noqa: S105 - planted
CONFIG = ROOT / "config"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in [name for name in os.environ if name.startswith("KMOP_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    file = tmp_path / "smtp"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    return file


def password(monkeypatch, said: str) -> str:
    monkeypatch.setenv("KMOP_MAIL__SMTP_PASSWORD", said)
    return load_settings(config_dir=CONFIG).mail.smtp_password.get_secret_value()


def refused(monkeypatch, said: str) -> str:
    with pytest.raises(ConfigurationError) as told:
        password(monkeypatch, said)
    assert "mail.smtp_password" in told.value.message
    assert "env:NAME" in told.value.hint
    assert PASSWORD not in f"{told.value} {told.value.hint}"
    assert told.value.exit_code == 6
    return told.value.message


def test_the_value_itself_a_file_and_a_variable_say_the_same(monkeypatch, kept):
    monkeypatch.setenv("OFFICE_SMTP", PASSWORD)
    for said in (PASSWORD, f"file:{kept}", "env:OFFICE_SMTP"):
        assert password(monkeypatch, said) == PASSWORD


def test_the_databases_address_with_its_password_lies_in_a_file(monkeypatch, kept):
    kept.write_text(f"postgresql://kmop:{PASSWORD}@db/kmop\r\n")
    monkeypatch.setenv("KMOP_DATABASE_URL", f"file:{kept}")
    settings = load_settings(config_dir=CONFIG)
    assert settings.database_url.get_secret_value().endswith(f"kmop:{PASSWORD}@db/kmop")
    assert settings.database_label == "postgresql+psycopg://db/kmop"
    assert files_of_secrets(settings) == [kept]


def test_what_lies_there_is_checked_like_what_is_written(monkeypatch, kept):
    kept.write_text(f"mysql://kmop:{PASSWORD}@db/kmop")
    monkeypatch.setenv("KMOP_DATABASE_URL", f"file:{kept}")
    with pytest.raises(ConfigurationError, match="database_url") as told:
        load_settings(config_dir=CONFIG)
    assert PASSWORD not in str(told.value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("env:NOBODY_SET_ME", "empty or is not there"),
        ("env:", "empty or is not there"),
        ("file:secrets/smtp", "not an absolute path"),
        ("file:", "not an absolute path"),
        ("file:/nowhere/at/all", "No such file"),
        ("file:/", "Is a directory"),
        ("prefect:office-smtp", "block of Prefect"),
    ],
)
def test_a_reference_that_leads_nowhere_names_its_setting(monkeypatch, said, words):
    assert words in refused(monkeypatch, said)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (PASSWORD.encode() + b"\nmore\n", "more than one line"),
        (PASSWORD.encode() + b"\xff", "not UTF-8"),
        (PASSWORD.encode() * 10_000, "too large"),
    ],
)
def test_a_file_that_holds_no_secret_is_refused(monkeypatch, kept, content, words):
    kept.write_bytes(content)
    assert words in refused(monkeypatch, f"file:{kept}")


def test_nothing_of_it_is_shown_by_the_settings(monkeypatch, kept):
    monkeypatch.setenv("KMOP_MAIL__SMTP_PASSWORD", f"file:{kept}")
    settings = load_settings(config_dir=CONFIG)
    assert PASSWORD not in f"{settings!r} {settings.model_dump()}"
