"""What the sections of the settings hold, and which values fit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from kmop_lifecycle.domain.errors import ConfigurationError
from kmop_lifecycle.secret_places import is_unread

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _database(url: SecretStr) -> SecretStr:
    """Accept SQLite and Postgres; the bare Postgres scheme means the driver that is installed."""
    text = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url.get_secret_value())
    if is_unread(text):
        return url  # checked when it has been read
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")) or not _splits(text):
        msg = "write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"
        raise ValueError(msg)
    return SecretStr(text)


def _splits(url: str) -> bool:
    """Tell whether an address has its parts: a port that is a number, a host that ends."""
    try:
        return urlsplit(url).port != 0
    except ValueError:  # its text may quote the address
        return False


def refuse_second_password(url: str) -> None:
    """Refuse a password beside an address that carries one, or that takes none; ValueError."""
    if url.startswith("sqlite:"):
        msg = "SQLite takes no password: take it out, or name a Postgres database"
        raise ValueError(msg)
    parts = urlsplit(url)
    if parts.password or "password" in parse_qs(parts.query, keep_blank_values=True):
        msg = "database_url carries a password too: take it out of one of them"
        raise ValueError(msg)


def with_password(url: str, password: str) -> str:
    """Return the address of a database with its password in it."""
    from sqlalchemy import make_url  # noqa: PLC0415 - the slowest import of all
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - as above

    try:
        address = make_url(url)
    except (ArgumentError, ValueError):  # their text may quote the address
        raise ConfigurationError(
            "settings: database_url is not understood",
            hint="write postgresql://USER@HOST:PORT/DATABASE",
        ) from None
    return address.set(password=password).render_as_string(hide_password=False)


def _address(text: str) -> str:
    """Accept what can stand in a mail header as one address."""
    if text and not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+", text):
        msg = "write one e-mail address, such as beheer@kmop.example"
        raise ValueError(msg)
    return text


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
MayBeEmail = Annotated[str, AfterValidator(_address)]
Email = Annotated[MayBeEmail, Field(min_length=1)]
Words = Annotated[str, Field(pattern=r"^[^\r\n<>\"]*$")]  # fits a mail header
Port = Annotated[int, Field(ge=1, le=65535)]
Positive = Annotated[int, Field(ge=1)]
Senders = Annotated[int, Field(ge=1, le=8)]  # well below the connections of the pool


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrefectSettings(_Section):
    """Where the scheduler's server listens and keeps its own things."""

    host: str
    port: Port
    home: Path


class MailSettings(_Section):
    """The way out by SMTP, and who the mail is from."""

    smtp_host: str
    smtp_port: Port
    smtp_user: str
    smtp_password: SecretStr
    smtp_mode: Literal["insecure", "starttls", "ssl"]
    sender_address: Email
    sender_name: Words
    reply_to: MayBeEmail
    timeout_seconds: Positive
    per_address_per_day: Positive

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.smtp_user and not self.smtp_password.get_secret_value():
            msg = "smtp_user is set but no password: set KMOP_MAIL__SMTP_PASSWORD"
            raise ValueError(msg)
        if self.smtp_user and self.smtp_mode == "insecure" and self.smtp_host not in LOOPBACK:
            msg = (
                "smtp_mode 'insecure' would send the password in the clear: write starttls or ssl"
            )
            raise ValueError(msg)
        return self


class SweepSettings(_Section):
    """From where on a sweep stops and asks, and from where on workers share it."""

    usual_cases: Positive
    usual_percent: Annotated[int, Field(ge=0, le=100)]
    usual_days: Positive
    parts: Annotated[int, Field(ge=1, le=64)]
    part_cases: Positive


class BoardSettings(_Section):
    """What the boards in the scheduler's pages show."""

    show_names: bool
    guided: Annotated[int, Field(ge=0)]


class LogSettings(_Section):
    """How the log is written."""

    level: Literal["debug", "info", "warning", "error"]
    json_lines: bool = Field(alias="json")
