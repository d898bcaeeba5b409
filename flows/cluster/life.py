"""A cluster from its first process to its last: ground, migration, servers, workers."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flows.cluster import ground
from flows.cluster.keeping import Keeper, Said, answers, keeping, record
from flows.cluster.plan import DEPLOY, MIGRATE, Plan
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import ConfigurationError, NotFound
from kmop_lifecycle.settings import load_settings


def live(plan: Plan, say: Said, ready: Callable[[Plan], None]) -> None:
    """Run the cluster until this process is told to stop, which is a KeyboardInterrupt."""
    try:
        with _alone(plan.state), keeping(plan, say) as keeper:
            _stand_up(keeper, plan, say)
            ready(plan)
            keeper.watch()
    finally:
        shutil.rmtree(plan.sockets, ignore_errors=True)


def _stand_up(keeper: Keeper, plan: Plan, say: Said) -> None:
    say("Postgres and Redis")
    ground.lay_down(plan.state / "postgres")
    (plan.state / "redis").mkdir(exist_ok=True)
    for part in plan.ground():
        keeper.start(part)
    keeper.until("postgres", lambda: ground.postgres_answers(plan.sockets))
    ground.create_databases(plan.sockets)
    say("Bringing both databases up to date")
    first = plan.settings(plan.apis[0])
    bootstrap.prepare_database(load_settings(database_url=plan.database))
    keeper.once("migration", MIGRATE, first)
    say("API servers and background services")
    for part in plan.servers():
        keeper.start(part)
        if part.health:
            keeper.until(part.name, lambda url=part.health: answers(url))  # type: ignore[misc]
    say("Deployments")
    keeper.once("deploy", DEPLOY, first)
    say("Workers")
    for part in plan.hands():
        keeper.start(part)


def status(state: Path) -> dict[str, Any]:
    """Return where a running cluster is, and which of its processes live; `NotFound` if none."""
    try:
        told: dict[str, Any] = json.loads(record(state).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(
            f"no cluster runs in {state}", hint="start one with: kmop cluster up, or name --state"
        ) from None
    parts = {name: {"pid": pid, "alive": _lives(pid)} for name, pid in told.pop("pids").items()}
    return told | {
        "apis": {url: answers(f"{url}/health") for url in told["apis"]},
        "parts": parts,
    }


def _lives(pid: int) -> bool:
    """Tell whether a process is there and no mere remainder."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Let one cluster at a time use a folder; the lock ends with its holder."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = os.open(state / "cluster.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigurationError(
            f"the cluster cannot keep its things in {state}: {error.strerror}",
            hint="name another folder with --state",
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise ConfigurationError(
            f"another cluster is using {state}", hint="stop it, or name another folder: --state"
        ) from None
    finally:
        os.close(lock)
