"""A secret may lie in a file or a variable that its setting names; what is wrong says where."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

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
        ("prefect:", "names no block"),
        ("prefect:Office SMTP", "names no block"),
        ("env:ANOTHER", "a reference in its turn"),
    ],
)
def test_a_reference_that_leads_nowhere_names_its_setting(monkeypatch, said, words):
    monkeypatch.setenv("ANOTHER", "prefect:office-smtp")
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


SMTP_BLOCK = "prefect:office-smtp"
BLOCKS = {"office-smtp": PASSWORD, "office-db": f"postgresql://kmop:{PASSWORD}@db/kmop"}


def said_in_blocks(monkeypatch, **settings: str) -> None:
    for name, said in settings.items():
        monkeypatch.setenv(f"KMOP_{name}", said)


def test_a_flow_run_reads_what_lies_in_blocks(monkeypatch):
    said_in_blocks(monkeypatch, DATABASE_URL="prefect:office-db", MAIL__SMTP_PASSWORD=SMTP_BLOCK)
    settings = load_settings(config_dir=CONFIG, blocks=BLOCKS.get)
    assert settings.database_address.endswith(f"kmop:{PASSWORD}@db/kmop")
    assert settings.mail.smtp_password.get_secret_value() == PASSWORD


def test_elsewhere_a_block_stays_unread_and_only_who_needs_it_is_refused(monkeypatch):
    said_in_blocks(
        monkeypatch,
        DATABASE_URL="prefect:office-db",
        MAIL__SMTP_USER="kmop",
        MAIL__SMTP_PASSWORD=SMTP_BLOCK,
    )
    settings = load_settings(config_dir=CONFIG)
    assert settings.database_label == "prefect:office-db"
    with pytest.raises(ConfigurationError, match=r"database_url: prefect:office-db .* flow run"):
        _ = settings.database_address
    with pytest.raises(ConfigurationError, match=r"mail.smtp_password: prefect:office-smtp"):
        settings.must_send()


def test_a_password_that_nobody_logs_in_with_is_not_needed(monkeypatch):
    said_in_blocks(monkeypatch, MAIL__SMTP_PASSWORD=SMTP_BLOCK)
    load_settings(config_dir=CONFIG).must_send()


@pytest.mark.parametrize(
    ("held", "words"),
    [
        (None, "no Secret block for prefect:office-smtp"),
        ("", "empty"),
        (f"{PASSWORD}\nmore", "one printable line"),
        (PASSWORD * 10_000, "one printable line"),
        ({"password": PASSWORD}, "one printable line"),
        ("prefect:another", "a reference in its turn"),
    ],
)
def test_a_block_that_holds_no_secret_is_refused_by_the_settings_name(monkeypatch, held, words):
    said_in_blocks(monkeypatch, MAIL__SMTP_PASSWORD=SMTP_BLOCK)
    with pytest.raises(ConfigurationError, match=r"mail\.smtp_password") as told:
        load_settings(config_dir=CONFIG, blocks={"office-smtp": held}.get)
    assert words in told.value.message
    assert PASSWORD not in f"{told.value} {told.value.hint}"


def kmop(*words: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    ours = {f"KMOP_{name}": value for name, value in settings.items()}
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", "import sys; from kmop_lifecycle.cli import main; sys.exit(main())",
         *words],
        env={**os.environ, "KMOP_CONFIG_DIR": str(CONFIG), "KMOP_DEBUG": "", **ours},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_plain_command_says_what_it_cannot_read_and_does_the_rest(tmp_path):
    kept = {
        "DATABASE_URL": f"sqlite:///{tmp_path}/kmop.sqlite3",
        "MAIL__SMTP_USER": "kmop",
        "MAIL__SMTP_PASSWORD": SMTP_BLOCK,
    }
    assert kmop("db", "upgrade", folder=tmp_path, **kept).returncode == 0
    assert kmop("sweep", folder=tmp_path, **kept).returncode == 0  # it sends nothing
    for said, words in (
        (kmop("deliver", folder=tmp_path, **kept), "mail.smtp_password: prefect:office-smtp"),
        (
            kmop("sweep", folder=tmp_path, **kept | {"DATABASE_URL": "prefect:office-db"}),
            "database_url: prefect:office-db",
        ),
    ):
        assert said.returncode == 6
        assert f"settings: {words} is a Secret block of Prefect" in said.stderr
        assert "write file:/ABSOLUTE/PATH or env:NAME" in said.stderr
        assert "Traceback" not in said.stderr


def the_password(monkeypatch, url: str, password: str):
    said_in_blocks(monkeypatch, DATABASE_URL=url, DATABASE_PASSWORD=password)
    return load_settings(config_dir=CONFIG, blocks=BLOCKS.get)


@pytest.mark.parametrize("said", ["a@b:c/d?e#%41", "prefect:office-smtp"])
def test_the_databases_password_joins_its_address_whatever_signs_it_has(monkeypatch, said):
    settings = the_password(monkeypatch, "postgresql://kmop@db:5433/kmop?sslmode=require", said)
    address = make_url(settings.database_address)
    assert address.password == BLOCKS.get(said.removeprefix("prefect:"), said)
    assert (address.username, address.host, address.port) == ("kmop", "db", 5433)
    assert dict(address.query) == {"sslmode": "require"}
    assert settings.database_label == "postgresql+psycopg://db/kmop"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://kmop:another@db/kmop", "database_url carries a password too"),
        ("postgresql://kmop@db/kmop?password=another", "database_url carries a password too"),
        ("prefect:office-db", "database_url carries a password too"),
        ("sqlite:///var/kmop.sqlite3", "SQLite takes no password"),
    ],
)
def test_a_password_that_has_no_place_is_refused_and_not_shown(monkeypatch, url, words):
    with pytest.raises(ConfigurationError, match="database_password") as told:
        the_password(monkeypatch, url, "geheim-7b")
    assert words in told.value.message
    assert not {"geheim-7b", "another"} & set(re.split(r"\W", f"{told.value} {told.value.hint}"))


@pytest.mark.parametrize("rest", ["kmop@db:{}/kmop", "kmop:{}@[::1/kmop"])
def test_an_address_without_its_parts_is_refused_and_not_shown(monkeypatch, rest):
    with pytest.raises(ConfigurationError, match=r"database_url .*: write sqlite:///PATH") as told:
        the_password(monkeypatch, f"postgresql://{rest.format(PASSWORD)}", "")
    assert PASSWORD not in f"{told.value} {told.value.hint}"
