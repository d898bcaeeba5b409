"""The settings: `config/default.toml`, then the profile's file, then `KMOP_*` variables.

No value stands here: `config/default.toml` gives and explains every key; a later layer wins. What
is wrong is said in one line that names the key and the file or variable it came from.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError

from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.secret_places import (
    Blocks,
    is_unread,
    must_be_read,
    secret_files,
    with_secrets,
)
from kmop_lifecycle.sections import (
    BoardSettings,
    DatabaseUrl,
    Email,
    LogSettings,
    MailSettings,
    Positive,
    PrefectSettings,
    Senders,
    SweepSettings,
    refuse_second_password,
    with_password,
)

PREFIX = "KMOP_"
TESTS = "KMOP_TEST_"  # variables of the test suite, none of the settings' business
DEBUG = "KMOP_DEBUG"  # asks the command line for tracebacks
# Not shown even when wrong.
UNSPOKEN = {"database_url", "database_password", "mail", "mail.smtp_password"}


class Settings(BaseSettings):
    """Everything an installation may set."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,  # compose files pass variables on that nobody set
    )

    config_dir: Path
    profile: str
    database_url: DatabaseUrl
    database_password: SecretStr
    inbox: Path
    authority_email: Email
    admin_email: Email
    sweep_chunk: Positive
    delivery_limit: Positive
    senders: Senders
    lease_seconds: Positive
    prefect: PrefectSettings
    mail: MailSettings
    sweep: SweepSettings
    boards: BoardSettings
    log: LogSettings

    @field_validator("database_password")
    @classmethod
    def _said_once(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        """Refuse a password that is said twice, or to a database that has none."""
        given: SecretStr | None = info.data.get("database_url")  # None: wrong itself
        if password.get_secret_value() and given is not None:
            refuse_second_password(given.get_secret_value())
        return password

    @property
    def database_address(self) -> str:
        """The database with its password; ConfigurationError while a block keeps one of them."""
        url = self.database_url.get_secret_value()
        password = self.database_password.get_secret_value()
        must_be_read("database_url", url)
        if not password:
            return url
        must_be_read("database_password", password)
        return with_password(url, password)

    @property
    def database_label(self) -> str:
        """The database without its password, fit for a log."""
        text = self.database_url.get_secret_value()
        if is_unread(text):
            return text
        url = urlsplit(text)
        return f"{url.scheme}://{url.hostname or ''}{url.path}"

    @property
    def mail_is_locked(self) -> bool:
        """Tell whether mail needs a password that has not been read."""
        return bool(self.mail.smtp_user) and is_unread(self.mail.smtp_password.get_secret_value())

    def must_send(self) -> None:
        """Refuse with ConfigurationError to send mail with a password that was not read."""
        if self.mail_is_locked:
            must_be_read("mail.smtp_password", self.mail.smtp_password.get_secret_value())


def find_config() -> Path:
    """Return the `config` folder: KMOP_CONFIG_DIR, the current directory's, or the package's."""
    named = os.environ.get(f"{PREFIX}CONFIG_DIR")
    beside = Path(__file__).resolve().parent.parent / "config"
    places = [Path(named)] if named else [Path("config").absolute(), beside]
    for folder in places:
        if (folder / "default.toml").is_file():
            return folder.resolve()
    raise ConfigurationError(
        f"settings: no default.toml in {' or '.join(map(str, places))}",
        hint="change to the project's folder, or set KMOP_CONFIG_DIR to the folder that holds it",
    )


def load_settings(
    *,
    blocks: Blocks | None = None,
    **overrides: Any,  # noqa: ANN401 - one per field, checked below
) -> Settings:
    """Lay default file, profile file, variables and overrides over each other and check them.

    `blocks` reads the secrets that lie in Prefect; without it they stay unread until needed.
    """
    layers = _layers(overrides)
    try:
        return Settings(**with_secrets(_merged(layers), blocks))
    except ValidationError as error:
        line = f"settings: {_say(error.errors()[0], layers)}"
        hint = "config/default.toml explains every key"
        raise ConfigurationError(line, hint=hint) from None  # pydantic's text may hold a secret


def files_of_secrets(settings: Settings) -> list[Path]:
    """Return the files that hold secrets for an installation."""
    where = {"config_dir": settings.config_dir, "profile": settings.profile}
    return secret_files(_merged(_layers(where)))


def _layers(overrides: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Read every layer, the lowest first."""
    folder = overrides.get("config_dir") or find_config()
    profile = overrides.get("profile") or os.environ.get(f"{PREFIX}PROFILE") or "default"
    layers = {"config/default.toml": _toml(folder, "default")}
    if profile != "default":
        layers[f"config/{profile}.toml"] = _toml(folder, profile)
    layers["variable"] = _variables()
    layers["argument"] = {**overrides, "config_dir": folder, "profile": profile}
    return layers


def _merged(layers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers.values():
        merged = _over(merged, layer)
    return merged


def _toml(folder: Path, name: str) -> dict[str, Any]:
    """Read one layer from a file; a misspelt profile must not mean the defaults."""
    path = folder / f"{name}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        names = ", ".join(sorted(known.stem for known in folder.glob("*.toml")))
        reason = f"KMOP_PROFILE = {name!r}: there is no such file in config/: write one of {names}"
    except (OSError, ValueError) as error:  # a ValueError: not UTF-8, or not TOML
        reason = f"config/{path.name} cannot be read: {' '.join(str(error).split())}"
    raise ConfigurationError(f"settings: {reason}", hint="correct the file or the variable")


def _variables() -> dict[str, Any]:
    """Read the layer of the environment; a misspelt variable must not be ignored."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    ours = [n for n in os.environ if n.startswith(PREFIX) and not n.startswith((TESTS, DEBUG))]
    for name in ours:
        if name.split("__")[0] not in known:
            close = get_close_matches(name, known, n=1) or known
            raise ConfigurationError(
                f"settings: variable {name} is unknown", hint=f"write {' or '.join(close)}"
            )
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError as error:
        raise ConfigurationError(
            f"settings: {' '.join(str(error).split())}",
            hint="set single keys, such as KMOP_MAIL__SMTP_HOST",
        ) from None


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one layer over another, table by table."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[key] = _over(old, value) if both else value  # type: ignore[arg-type]
    return result


def _say(error: ErrorDetails, layers: Mapping[str, Mapping[str, Any]]) -> str:
    """Name key, value, expectation and the layer that a finding comes from."""
    loc = [str(part) for part in error["loc"]]
    key, place = ".".join(loc), _place(loc, layers)
    if error["type"] == "missing":
        return f"{key} is missing: write it in config/default.toml"
    if error["type"] == "extra_forbidden":
        return f"{key} ({place}) is unknown: correct the name or take it out"
    reason = " ".join(error["msg"].removeprefix("Value error, ").split())
    if isinstance(error["input"], Mapping):  # keys that do not go together
        return f"{key}: {reason}"
    value = "" if key in UNSPOKEN else f" = {error['input']!r}"
    return f"{key}{value} ({place}): {reason}"


def _place(loc: list[str], layers: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the highest layer that gives a key."""
    for name, layer in reversed([*layers.items()]):
        inner: object = layer
        for part in loc:
            inner = inner.get(part) if isinstance(inner, Mapping) else None
        if inner is not None:
            variable = PREFIX + "__".join(loc).upper()
            return f"variable {variable}" if name == "variable" else name
    return "config/default.toml"
