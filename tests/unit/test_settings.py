"""The layers of the settings, and how a wrong one is told."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import pytest

from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.settings import Settings, find_config, load_settings

CONFIG = Path(__file__).parents[2] / "config"


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    for name in [name for name in os.environ if name.startswith("KMOP_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path):
    """The three files alone, to be spoilt."""
    for path in CONFIG.glob("*.toml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def refusal(**overrides) -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(**overrides)
    assert "\n" not in str(refused.value)
    assert refused.value.hint
    return str(refused.value)


def test_the_defaults_are_those_of_the_default_file():
    settings = load_settings()
    assert settings.profile == "default"
    assert settings.config_dir == CONFIG
    assert settings.database_url.get_secret_value() == "sqlite:///var/kmop.sqlite3"
    assert (settings.prefect.host, settings.prefect.port) == ("127.0.0.1", 4200)
    assert settings.prefect.home == Path("var/prefect")
    assert (settings.mail.smtp_port, settings.mail.smtp_mode) == (1025, "insecure")
    assert not settings.boards.show_names


def test_the_default_file_gives_every_key():
    given = tomllib.loads((CONFIG / "default.toml").read_text("utf-8"))
    assert set(given) == set(Settings.model_fields) - {"config_dir", "profile"}


def test_the_default_file_explains_every_key():
    paragraphs = (CONFIG / "default.toml").read_text("utf-8").split("\n\n")
    assert all(
        part.lstrip("[]abcdefghijklmnopqrstuvwxyz\n").startswith("#") for part in paragraphs
    )


@pytest.mark.parametrize("profile", ["test", "production"])
def test_a_profile_changes_only_what_its_file_names(monkeypatch, profile):
    monkeypatch.setenv("KMOP_PROFILE", profile)
    settings = load_settings()
    assert settings.profile == profile
    assert settings.prefect == load_settings(profile="default").prefect
    assert settings.mail != load_settings(profile="default").mail


def test_no_file_holds_a_password():
    for path in CONFIG.glob("*.toml"):
        mail = tomllib.loads(path.read_text("utf-8")).get("mail", {})
        assert not mail.get("smtp_password")


def test_a_variable_wins_over_the_files_key_by_key(monkeypatch):
    monkeypatch.setenv("KMOP_PROFILE", "production")
    monkeypatch.setenv("KMOP_MAIL__SMTP_PORT", "2525")
    mail = load_settings().mail
    assert (mail.smtp_port, mail.smtp_mode) == (2525, "starttls")


def test_an_override_wins_over_everything(monkeypatch):
    monkeypatch.setenv("KMOP_SWEEP_CHUNK", "7")
    assert load_settings(sweep_chunk=8).sweep_chunk == 8
    assert load_settings(mail={"smtp_port": 26}).mail.smtp_host == "127.0.0.1"


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("KMOP_ADMIN_EMAIL", "")
    assert load_settings().admin_email == "beheer@kmop.example"


def test_settings_do_not_change():
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.sweep_chunk = 1


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgres_means_the_installed_driver(scheme):
    settings = load_settings(database_url=f"{scheme}://kmop:geheim@db/kmop")
    assert settings.database_url.get_secret_value() == "postgresql+psycopg://kmop:geheim@db/kmop"
    assert settings.database_label == "postgresql+psycopg://db/kmop"


def test_secrets_are_not_shown():
    settings = load_settings(
        database_url="postgresql://kmop:geheim@db/kmop", mail={"smtp_password": "geheim"}
    )
    assert "geheim" not in f"{settings!r} {settings} {settings.model_dump()}"


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        (
            "KMOP_MAIL__SMTP_PORT",
            "many",
            "mail.smtp_port = 'many' (variable KMOP_MAIL__SMTP_PORT)",
        ),
        ("KMOP_MAIL__SMTP_PORT", "70000", "Input should be less than or equal to 65535"),
        ("KMOP_MAIL__SMTP_PRT", "25", "mail.smtp_prt (variable KMOP_MAIL__SMTP_PRT) is unknown"),
        ("KMOP_MAIL__SMTP_MODE", "tls", "Input should be 'insecure', 'starttls' or 'ssl'"),
        ("KMOP_MAIL__SENDER_NAME", "a\r\nBcc: b", "should match pattern"),
        ("KMOP_MAIL__REPLY_TO", "a@b.example, c@d.example", "write one e-mail address"),
        ("KMOP_MAIL__SMTP_USER", "kmop", "mail: smtp_user is set but no password"),
        ("KMOP_MAIL", "smtp", 'error parsing value for field "mail"'),
        ("KMOP_DATABSE_URL", "sqlite:///x", "variable KMOP_DATABSE_URL is unknown"),
        ("KMOP_PROFILE", "prod", "there is no such file in config/: write one of default, "),
        ("KMOP_SWEEP_CHUNK", "0", "sweep_chunk = '0' (variable KMOP_SWEEP_CHUNK)"),
        ("KMOP_AUTHORITY_EMAIL", "vlaio", "authority_email = 'vlaio'"),
        ("KMOP_CONFIG_DIR", "nowhere", "no default.toml in nowhere"),
        ("KMOP_LOG__LEVEL", "loud", "Input should be 'debug', 'info', 'warning' or 'error'"),
    ],
)
def test_a_wrong_variable_is_told_by_name_and_value(monkeypatch, variable, value, line):
    monkeypatch.setenv(variable, value)
    assert line in refusal()


def test_a_wrong_database_is_told_without_its_password(monkeypatch):
    monkeypatch.setenv("KMOP_DATABASE_URL", "mysql://kmop:geheim@db/kmop")
    line = refusal()
    assert "database_url (variable KMOP_DATABASE_URL): write sqlite:///PATH or" in line
    assert "geheim" not in line


def test_a_password_never_travels_in_the_clear():
    mail = {"smtp_user": "kmop", "smtp_password": "geheim", "smtp_host": "mail.example"}
    line = refusal(mail=mail)
    assert "would send the password in the clear: write starttls or ssl" in line
    assert "geheim" not in line
    assert load_settings(mail={**mail, "smtp_host": "localhost"})
    assert load_settings(mail={**mail, "smtp_mode": "ssl"})


def test_variables_of_the_test_suite_are_not_ours(monkeypatch):
    monkeypatch.setenv("KMOP_TEST_ANYTHING", "1")
    assert load_settings()


def test_a_wrong_value_in_a_file_is_told_with_the_file(folder):
    path = folder / "test.toml"
    path.write_text(path.read_text("utf-8").replace("= 50", "= 'all'"), "utf-8")
    line = refusal(config_dir=folder, profile="test")
    assert line.startswith("settings: sweep_chunk = 'all' (config/test.toml): ")


def test_an_unknown_key_in_a_file_is_told_with_the_file(folder):
    path = folder / "default.toml"
    path.write_text("color = 1\n" + path.read_text("utf-8"), "utf-8")
    assert "color (config/default.toml) is unknown" in refusal(config_dir=folder)


def test_a_missing_key_is_told(folder):
    path = folder / "default.toml"
    path.write_text(path.read_text("utf-8").replace("port = 4200\n", ""), "utf-8")
    assert "prefect.port is missing: write it in config/default.toml" in refusal(config_dir=folder)


def test_a_file_that_is_not_toml_is_told(folder):
    (folder / "default.toml").write_text("port = \n", "utf-8")
    assert "config/default.toml cannot be read: Invalid value" in refusal(config_dir=folder)


def test_the_folder_is_the_named_one_then_the_current_one_then_the_packages(
    monkeypatch, tmp_path, folder
):
    here = tmp_path / "project"
    shutil.copytree(folder, here / "config", ignore=shutil.ignore_patterns("project"))
    monkeypatch.chdir(here)
    assert find_config() == here / "config"
    monkeypatch.setenv("KMOP_CONFIG_DIR", str(folder))
    assert find_config() == folder
    monkeypatch.delenv("KMOP_CONFIG_DIR")
    monkeypatch.chdir(tmp_path.parent)
    assert find_config() == CONFIG


def test_asking_for_tracebacks_is_no_unknown_setting(monkeypatch):
    monkeypatch.setenv("KMOP_DEBUG", "1")

    assert load_settings().profile
