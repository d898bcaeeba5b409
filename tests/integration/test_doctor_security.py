"""What the doctor says of doors that stand open, on a laptop and in production."""

from __future__ import annotations

import os

import pytest

from kmop_lifecycle.adapters.store.roles import give
from kmop_lifecycle.cli import examination
from kmop_lifecycle.cli.examination import BROKEN, FINE, NOTE
from kmop_lifecycle.settings import load_settings
from tests.killing import opened
from tests.stories import ROOT

SHUT = {
    "PREFECT_SERVER_API_AUTH_STRING": "office:a long secret",
    "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
    "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": "http://127.0.0.1:4200",
    "PREFECT_SERVER_ENCRYPTION_KEY": "A" * 43 + "=",
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in [name for name in os.environ if name.startswith(("PREFECT_SERVER_", "KMOP_"))]:
        monkeypatch.delenv(name)


def found(url: str, profile: str = "default", **settings) -> list[tuple[str, str]]:
    given = load_settings(
        config_dir=ROOT / "config", profile=profile, database_url=url, **settings
    )
    return [(one.state, one.what) for one in examination._security(given)]


def shut(monkeypatch, **but) -> None:
    for name, value in (SHUT | but).items():
        monkeypatch.setenv(name, value)


def test_what_a_laptop_may_leave_open_is_broken_in_production(sqlite_url: str):
    laptop, production = found(sqlite_url), found(sqlite_url, "production")
    assert [what for _, what in laptop] == [what for _, what in production]
    assert len(laptop) >= 4
    assert {state for state, _ in laptop} == {NOTE}
    assert {state for state, _ in production} == {BROKEN}


def test_with_everything_shut_nothing_is_found(sqlite_url: str, monkeypatch):
    shut(monkeypatch)
    [(state, _)] = found(sqlite_url, "production")
    assert state == FINE


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("AUTH_STRING", "", "asks nobody to log in"),
        ("CSRF_PROTECTION_ENABLED", "false", "another site"),
        ("CORS_ALLOWED_ORIGINS", "http://a.example, *", "CORS"),
    ],
)
def test_each_open_door_is_named_alone(sqlite_url: str, monkeypatch, variable, value, words):
    shut(monkeypatch, **{f"PREFECT_SERVER_API_{variable}": value})
    [(state, what)] = found(sqlite_url, "production")
    assert state == BROKEN
    assert words in what


def test_a_key_that_is_none_is_broken_anywhere_and_not_repeated(sqlite_url: str, monkeypatch):
    shut(monkeypatch, PREFECT_SERVER_ENCRYPTION_KEY="hunter2")
    [(state, what)] = found(sqlite_url)
    assert state == BROKEN
    assert "hunter2" not in what


def test_an_address_for_others_without_a_login_is_broken_anywhere(sqlite_url: str):
    place = load_settings(config_dir=ROOT / "config").prefect.model_dump()
    open_to_all = place | {"host": "0.0.0.0"}  # noqa: S104 - looked at, not bound
    assert found(sqlite_url, prefect=open_to_all)[0][0] == BROKEN


def test_a_database_file_that_others_may_read_is_named(sqlite_url: str, monkeypatch, tmp_path):
    shut(monkeypatch)
    tmp_path.chmod(0o755)
    (tmp_path / "kmop.db").chmod(0o644)
    [(state, what)] = found(sqlite_url)
    assert state == NOTE
    assert "others on this machine" in what


def test_a_secrets_file_that_others_may_read_is_named(sqlite_url: str, monkeypatch, tmp_path):
    shut(monkeypatch)
    secret = tmp_path / "smtp"
    secret.write_text("hunter2\n")
    monkeypatch.setenv("KMOP_MAIL__SMTP_PASSWORD", f"file:{secret}")
    (tmp_path / "kmop.db").chmod(0o600)
    for folder, file, state in (
        (0o755, 0o644, BROKEN),
        (0o755, 0o600, FINE),
        (0o700, 0o644, FINE),
    ):
        tmp_path.chmod(folder)
        secret.chmod(file)
        [(found_state, what)] = found(sqlite_url, "production")
        assert found_state == state
        assert "hunter2" not in what
        assert (str(secret) in what) == (state == BROKEN)


@pytest.mark.postgres
def test_a_role_that_could_rewrite_history_is_named(postgres_server, postgres_url, monkeypatch):
    shut(monkeypatch)
    assert "superuser" in found(postgres_url, "production")[0][1]
    for role in ("kmop_app", "kmop_reader"):
        postgres_server.run(
            f"DO $$ BEGIN CREATE ROLE {role} LOGIN; "
            "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
    with opened(postgres_url) as owner:
        give(owner, "kmop_app", "kmop_reader", apply=True)
    as_app = postgres_url.replace("kmop@", "kmop_app@", 1)
    assert found(as_app, "production")[0][0] == FINE
