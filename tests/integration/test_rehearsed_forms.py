"""What compose.yaml, kubernetes/ and systemd/ start is started here, with the settings they give.

Addresses, passwords and folders are this machine's; no container, no systemd. It takes a minute or
two for each form: KMOP_TEST_FORMS=1.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from flows.cluster import ground
from flows.cluster.plan import free_ports
from tests.postgres import server
from tests.stories import ROOT
from tests.unit import test_compose as compose
from tests.unit import test_kubernetes as kubernetes
from tests.unit import test_systemd as systemd
from tests.upped import Up, until

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.postgres,
    pytest.mark.skipif("KMOP_TEST_FORMS" not in os.environ, reason="set KMOP_TEST_FORMS=1"),
]
LOGIN = "office:of-the-rehearsal"
Asked = tuple[list[str], dict[str, str]]  # a command and what its form tells it


@dataclass
class Form:
    """What a form starts, in its order."""

    migrate: list[Asked]
    servers: list[Asked]
    deploy: list[Asked]
    workers: list[Asked]


def of_compose() -> Form:
    def asked(*names: str) -> list[Asked]:
        services = [compose.SERVICES[name] for name in names]
        return [(compose.said(one), one["environment"]) for one in services]

    return Form(
        asked("migrate-register", "migrate-prefect"), asked("api-1", "api-2", "services"),
        asked("deploy"), asked("worker-1", "worker-2"),
    )  # fmt: skip


def of_kubernetes() -> Form:
    def asked(name: str) -> Asked:
        one = kubernetes.CONTAINERS[name]
        given = kubernetes.told([source["configMapRef"]["name"] for source in one["envFrom"]], [])
        given |= {v["name"]: v["value"] for v in one.get("env", []) if "value" in v}
        return [word.replace("$(POD_NAME)", "kmop-worker-abc") for word in one["command"]], given

    def charts(part: str) -> Asked:
        values = kubernetes.VALUES[part]
        given = kubernetes.told([values["extraEnvVarsCM"]], [values["extraEnvVarsSecret"]])
        # As its templates say them: they win, and a broker of Redis brings its parts along.
        given |= {
            "PREFECT_DEBUG_MODE": "false", "PREFECT_LOGGING_SERVER_LEVEL": "WARNING",
            "PREFECT_MESSAGING_BROKER": "prefect_redis.messaging",
            "PREFECT_MESSAGING_CACHE": "prefect_redis.messaging",
            "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
            "PREFECT_REDIS_MESSAGING_HOST": "", "PREFECT_REDIS_MESSAGING_PORT": "6379",
            "PREFECT_REDIS_MESSAGING_DB": "0",
        }  # fmt: skip
        own = {"PREFECT_SERVER_API_BASE_PATH": "/api", "PREFECT_UI_API_URL": "/api"}
        given |= own if part == "server" else {"PREFECT_UI_ENABLED": "false"}
        return values["command"] + values["args"], given

    return Form(
        [asked(f"kmop-migrate/{name}") for name in ("prefect", "register", "roles")],
        [charts("server"), charts("server"), charts("backgroundServices")],
        [asked(f"kmop-deploy/{name}") for name in ("secrets", "notifications", "deployments")],
        [asked("kmop-worker/worker")],
    )


def of_systemd() -> Form:
    def asked(name: str, instance: str = "") -> list[Asked]:
        given = systemd.told(name, instance)
        return [([word.replace("%H", "host") for word in command], given)
                for command in systemd.started(name, instance)]  # fmt: skip

    return Form(
        asked("kmop-migrate.service"),
        [*asked("kmop-server@.service", "4200"), *asked("kmop-server@.service", "4201"),
         *asked("kmop-services.service")],
        asked("kmop-deploy.service"),
        [*asked("kmop-worker@.service", "1"), *asked("kmop-worker@.service", "2")],
    )  # fmt: skip


@dataclass
class Stage:
    """This machine in the place of theirs."""

    folder: Path
    register: str
    prefect: str
    ports: Sequence[int]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def settings(self, told: Mapping[str, str], number: int, name: str) -> dict[str, str]:
        """Return what a form tells, with this machine's addresses and folders."""
        redis, first, *_ = self.ports
        home = self.folder / name
        who = urlsplit(told.get("KMOP_DATABASE_URL", "")).username or "kmop"
        here = {
            "KMOP_DATABASE_URL": self.register.replace("//kmop@", f"//{who}@"),
            "KMOP_CONFIG_DIR": str(ROOT / "config"),  # the image's own variable
            "KMOP_PREFECT__HOME": str(home / "kmop"),
            "PREFECT_HOME": str(home / "prefect"),
            "PREFECT_UI_STATIC_DIRECTORY": str(home / "ui"),
            "PREFECT_API_URL": f"http://127.0.0.1:{first}/api",
            "PREFECT_API_AUTH_STRING": LOGIN,
            "PREFECT_SERVER_API_AUTH_STRING": LOGIN,
            "PREFECT_API_DATABASE_CONNECTION_URL": self.prefect,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self.prefect,
            "PREFECT_SERVER_API_HOST": "127.0.0.1",
            "PREFECT_SERVER_API_PORT": str(self.ports[number]),
            "PREFECT_REDIS_MESSAGING_URL": f"redis://127.0.0.1:{redis}/0",
            "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{redis}/1",
            "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL": f"redis://127.0.0.1:{redis}/2",
            "PREFECT_WORKER_WEBSERVER_HOST": "127.0.0.1",
            "PREFECT_WORKER_WEBSERVER_PORT": str(self.ports[number]),
        }
        whole = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        if told.get("PREFECT_UI_ENABLED") == "false":  # the chart tells them no log-in
            here = {key: text for key, text in here.items() if not key.endswith("AUTH_STRING")}
        placed = {
            key: text.replace("/run/secrets/kmop", str(self.folder)) for key, text in told.items()
        }
        return whole | placed | here

    def start(self, asked: Asked, number: int, name: str) -> subprocess.Popen[str]:
        """Start one process, somewhere else than in the project's folder, as theirs are."""
        (program, *rest), told = asked
        said = self.folder / f"{name}.txt"
        with said.open("a") as out:
            process = subprocess.Popen(  # noqa: S603
                [str(Path(sys.executable).parent / program), *rest],
                env=self.settings(told, number, name),
                cwd=self.folder, stdout=out, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
        self.started.append(process)
        return process

    def carry_out(self, asked: list[Asked], name: str) -> None:
        """Do one after the other; each must succeed."""
        for one in asked:
            done = self.start(one, 1, name).wait(300)
            assert done == 0, (one[0], (self.folder / f"{name}.txt").read_text()[-3000:])

    def end(self) -> None:
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()


def answers(port: int, path: str) -> bool:
    with suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as said:
        return said.status == 200
    return False


@contextmanager
def stage() -> Iterator[Stage]:
    """Lend two databases, a Redis and free ports; end whatever was started."""
    folder = Path(tempfile.mkdtemp(prefix="kmop-forms-"))
    ports = free_ports(6)
    with server() as running:
        for name in ("kmop", "prefect"):
            running.run(f"CREATE DATABASE {name}")
        for name in ("kmop_app", "kmop_reader"):
            running.run(f"CREATE ROLE {name} LOGIN")
        prefect = f"postgresql+asyncpg://kmop@/prefect?host={running.folder}"
        set_up = Stage(folder, running.url("kmop"), prefect, ports)
        for secret in kubernetes.named("Secret", "kmop-register")["stringData"]:
            (folder / secret).write_text("of the rehearsal\n")
        redis = str(ground.tools("redis") / "redis-server")
        said = ["--bind", "127.0.0.1", "--port", str(ports[0]), "--dir", str(folder), "--save", ""]
        set_up.started.append(subprocess.Popen([redis, *said], stdout=subprocess.DEVNULL))  # noqa: S603
        try:
            yield set_up
        finally:
            set_up.end()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("form", [of_compose, of_kubernetes, of_systemd])
def test_what_a_form_starts_carries_a_sweep_out(form):
    wanted = form()
    with stage() as here:
        here.carry_out(wanted.migrate, "migrate")
        for number, one in enumerate(wanted.servers, 1):
            here.start(one, number, f"server-{number}")
        for number in (1, 2):
            until(lambda port=here.ports[number]: answers(port, "/api/health"), "an API", 240)
        here.carry_out(wanted.deploy, "deploy")
        for number, one in enumerate(wanted.workers, 4):
            here.start(one, number, f"worker-{number}")
        if "--with-healthcheck" in wanted.workers[0][0]:
            until(lambda: answers(here.ports[4], "/health"), "the worker's health", 120)
        up = Up(here.started[-1], here.ports[2], here.folder, LOGIN)  # the other API server
        until(lambda: up.runs("sweep_deadlines", "COMPLETED"), "the first sweep", 180)
        assert {t["slug"] for t in up.ask("POST", "/block_types/filter", {})} >= {
            "secret",
            "slack-webhook",
        }
        register = {**os.environ, "KMOP_DATABASE_URL": here.register}
        told = subprocess.run(  # noqa: S603
            [str(Path(sys.executable).parent / "kmop"), "db", "current", "--json"],
            env=register, cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert json.loads(told.stdout)["pending"] == []
        assert [process.poll() for process in here.started if process.poll()] == []
