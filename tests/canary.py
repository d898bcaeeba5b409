"""Secrets and persons to plant in an installation, and commands that may tell none of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.stories import ROOT, application

SMTP_USER, SMTP_PASSWORD = "canary-postman", "canary-Smtp-9c1f"
DB_PASSWORD, TOKEN = "canary-Db-77aa", "canary-hook-5d2e"
SLACK = "slack://T0CANARYA/B0CANARYB/canarySlackToken12345678/%23canary"
TEAMS = f"workflows://127.0.0.1:1/{'canaryflow' * 3}/{'canarysign' * 4}"
PREFECT = {
    "PREFECT_API_AUTH_STRING": "canary-office:canary-auth-41",
    "PREFECT_SERVER_ENCRYPTION_KEY": "canary-key-" + "k" * 33,
}
SECRETS = (
    SMTP_PASSWORD, DB_PASSWORD, TOKEN, "B0CANARYB", "canarySlackToken", "canaryflow", "canarysign",
    "canary-auth-41", "canary-key-",
)  # fmt: skip
PERSONS = (
    "Kanarie Opleidingen", "Karel Kanarie", "karel.kanarie", "kanarie.example",
    "BE68539007547034", "Vera Vogel", "vera.vogel",
)  # fmt: skip
NOT_AT_ALL, NOT_IN_TALK = SECRETS, (*SECRETS, SMTP_USER, *PERSONS)
# One process for many commands; each library's own logger is opened, and so is the root. A command
# that begins with @2021-02-10 is given on that day.
LOUD = """
import json, logging, sys
from datetime import datetime, timezone
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
for name in ("apprise", "sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool", "sqlalchemy.orm",
             "httpx", "httpcore", "urllib3", "requests", "psycopg", "alembic", "kmop_lifecycle"):
    logging.getLogger(name).setLevel(logging.DEBUG)
from kmop_lifecycle.adapters.clock import SystemClock
from kmop_lifecycle.cli import main
codes = []
for command in json.loads(sys.argv[1]):
    if command[0].startswith("@"):
        noon = datetime.fromisoformat(command.pop(0)[1:]).replace(hour=12, tzinfo=timezone.utc)
        SystemClock.now = lambda self, noon=noon: noon
    codes.append(main(command))
    print(end="\\x1e")
logging.getLogger("canary").debug("codes %s", codes)
"""
NUMBERS = ("0566.988.259", "0202.239.951", "0403.019.261", "0403.012.234")


def firm(number: str, **more: object) -> dict[str, object]:
    person = {"name": "Karel Kanarie", "email": "karel.kanarie@kanarie.example", "language": "nl"}
    return application(
        name="Kanarie Opleidingen BV", enterprise_number=number, contact=person | more
    )


@dataclass
class Ran:
    """What came out of some commands."""

    out: str
    err: str

    def answers(self) -> list[str]:
        """Return what each command answered."""
        return self.out.split("\x1e")[:-1]

    def leaks(self) -> list[str]:
        """Return every line with a canary that flew out."""
        return [
            *(line for line in self.out.splitlines() if any(w in line for w in NOT_AT_ALL)),
            *(line for line in self.err.splitlines() if any(w in line for w in NOT_IN_TALK)),
        ]


@dataclass
class Cage:
    """An installation full of canaries."""

    folder: Path
    url: str
    said: list[Ran] = field(default_factory=list)

    def run(self, *commands: list[str], **settings: str) -> Ran:
        """Run commands in one loud process and look at all it said."""
        told = [[str(word) for word in command] for command in commands]
        ran = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-c", LOUD, json.dumps(told)],
            env=environment(self.folder, self.url, settings),
            cwd=self.folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.said.append(Ran(ran.stdout, ran.stderr))
        assert "sqlalchemy" in ran.stderr, "DEBUG was not on"
        assert self.said[-1].leaks() == []
        return self.said[-1]

    def apply(self, number: str, **contact: object) -> list[str]:
        """Write an application to a file; return the command that submits it."""
        file = self.folder / f"{number}.json"
        file.write_text(json.dumps(firm(number, **contact)), encoding="utf-8")
        return ["submit", str(file), "--by", "provider:acme"]


def environment(folder: Path, url: str, more: Mapping[str, str]) -> dict[str, str]:
    settings = {
        "CONFIG_DIR": str(ROOT / "config"),
        "DATABASE_URL": url,
        "LOG__LEVEL": "debug",
        "MAIL__SMTP_USER": SMTP_USER,
        "MAIL__SMTP_PASSWORD": SMTP_PASSWORD,
        "MAIL__TIMEOUT_SECONDS": "1",
        "DEBUG": "1",
    } | dict(more)
    ours = {f"KMOP_{name}": value for name, value in settings.items()}
    # Slack lives elsewhere: what is meant for it ends at a closed door of this machine.
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
    return {**os.environ, **nowhere, "PREFECT_HOME": str(folder / "prefect"), **PREFECT, **ours}


def caged(url: str, folder: Path) -> Cage:
    """Return an installation on this database, with a password where it takes one."""
    return Cage(folder, url.replace("kmop@", f"kmop:{DB_PASSWORD}@"))
