"""Units run what there is, as nobody in particular, as the cluster that the tests run does."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from flows.cluster.plan import DEPLOY, MIGRATE, Plan
from flows.server import Place
from kmop_lifecycle.cli.program import COMMANDS
from tests.stories import ROOT

FOLDER = ROOT / "deploy" / "systemd"
BIN = "/opt/kmop/venv/bin/"
UNITS = sorted(file for file in FOLDER.iterdir() if file.suffix != ".env")
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
OF_THE_CLUSTER = [unit for unit in SERVICES if "cluster.env" in unit.read_text()]
PLAN = Plan(
    Path("state"), Path("sockets"), 6379,
    (Place("127.0.0.1", 4200, Path("p")), Place("127.0.0.1", 4201, Path("p"))), 2,
    "of:the-cluster",
)  # fmt: skip
# Stand in kmop.env, which root alone may read; cluster.env says that they must.
SECRET = {
    "PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_REDIS_MESSAGING_URL",
    "PREFECT_SERVER_DOCKET_URL", "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL",
    "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING",
}  # fmt: skip
# What differs: the register's address, folders, what Prefect logs and polls; and who registers
# block types: one server there, kmop-deploy here, since these servers are all alike.
LOCAL = SECRET | {
    "KMOP_DATABASE_URL", "PREFECT_API_URL", "PREFECT_LOGGING_LEVEL",
    "PREFECT_LOGGING_SERVER_LEVEL", "PREFECT_RUNNER_POLL_FREQUENCY",
    "PREFECT_WORKER_QUERY_SECONDS", "PREFECT_HOME", "PREFECT_UI_STATIC_DIRECTORY",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START",
}  # fmt: skip


def lines(file: Path) -> dict[str, list[str]]:
    """Return what a unit says, by key; a key may be said several times."""
    said: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE):
        said.setdefault(key, []).append(value)
    return said


def started(name: str, instance: str = "") -> list[list[str]]:
    """Return the commands of a unit, its instance filled in, programs by name."""
    commands = [
        shlex.split(one.replace("%i", instance)) for one in lines(FOLDER / name)["ExecStart"]
    ]
    return [[program.removeprefix(BIN), *rest] for program, *rest in commands]


def told(name: str, instance: str = "") -> dict[str, str]:
    """Return the variables of a unit of the cluster; files win over what the unit says."""
    own = " ".join(lines(FOLDER / name)["Environment"]).replace("%i", instance)
    shared = (FOLDER / "cluster.env").read_text(encoding="utf-8")
    return dict(pair.split("=", 1) for pair in shlex.split(own)) | dict(
        re.findall(r"^(\w+)=(.*)$", shared, re.MULTILINE)
    )


def after(program: str, command: tuple[str, ...]) -> list[str]:
    """Return a command of the plan as a unit has it: its program by name."""
    return [program, *command[3:]]


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: file.name)
def test_a_service_runs_a_command_there_is_and_never_as_root(file):
    unit = lines(file)
    for program, command, *_ in (shlex.split(one) for one in unit["ExecStart"]):
        assert program in {f"{BIN}kmop", f"{BIN}prefect"}
        known = {entry.name for entry in COMMANDS}
        assert command in (known if program.endswith("kmop") else {"server", "worker", "block"})
    assert unit["User"] == ["kmop"]
    assert unit["NoNewPrivileges"] == ["yes"]
    assert unit["ProtectSystem"] == ["strict"]


@pytest.mark.parametrize(
    "file", [u for u in UNITS if u.suffix == ".timer"], ids=lambda file: file.name
)
def test_a_timer_has_its_service_and_catches_up(file):
    assert file.with_suffix(".service") in SERVICES
    assert lines(file)["Persistent"] == ["true"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_finds_nothing_unknown_in_a_unit_and_little_exposed(tmp_path):
    for unit in UNITS:
        text = re.sub(rf"{BIN}\w+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    units = [str(tmp_path / unit.name) for unit in UNITS]
    verify = subprocess.run(  # noqa: S603
        ["systemd-analyze", "verify", "--man=no", *units],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in verify.stderr.splitlines() if "kmop-" in line]
    assert (verify.returncode, ours) == (0, [])
    for service in SERVICES:
        judged = subprocess.run(  # noqa: S603
            ["systemd-analyze", "security", "--offline=yes", "--threshold=20",  # noqa: S607
             str(tmp_path / service.name)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert judged.returncode == 0, judged.stdout[-300:] + judged.stderr


def test_its_commands_are_those_of_the_cluster_that_the_tests_run():
    api, _, services = (after("prefect", part.command) for part in PLAN.servers())
    assert started("kmop-server@.service", "4200") == [api]
    assert started("kmop-services.service") == [services]
    hand = after("prefect", PLAN.hands()[0].command)
    assert started("kmop-worker@.service", "1") == [[*hand[:-1], f"%H-{hand[-1]}"]]
    assert after("prefect", MIGRATE) in started("kmop-migrate.service")
    assert started("kmop-deploy.service")[-1] == after("kmop", DEPLOY)


@pytest.mark.parametrize(
    ("part", "name", "instance"),
    [
        *((part, "kmop-server@.service", part.settings["PREFECT_SERVER_API_PORT"])
          for part in PLAN.servers()[:2]),
        (PLAN.servers()[2], "kmop-services.service", ""),
        *((part, "kmop-worker@.service", "1") for part in PLAN.hands()[:1]),
    ],
    ids=lambda one: getattr(one, "name", one),
)  # fmt: skip
def test_its_settings_are_those_of_the_cluster_too(part, name, instance):
    given = told(name, instance)
    served = {"PREFECT_SERVER_API_HOST", "PREFECT_SERVER_API_PORT"}  # asked by servers alone
    apart = LOCAL | (set() if "server@" in name else served)
    here = {key: value for key, value in part.settings.items() if key not in apart}
    assert {key: given.get(key) for key in here} == here
    assert given["PREFECT_SERVER_REGISTER_BLOCKS_ON_START"] == "false"
    assert ["prefect", "block", "register", "--module", "prefect.blocks.system"] in started(
        "kmop-deploy.service"
    )


def test_what_a_unit_says_itself_no_file_takes_back():
    shared = set(re.findall(r"^(\w+)=", (FOLDER / "cluster.env").read_text(), re.MULTILINE))
    own = {
        pair.split("=", 1)[0]
        for unit in SERVICES
        for line in lines(unit)["Environment"]
        for pair in shlex.split(line)
    }
    assert not shared & own
    # And the shared settings come after those of one machine, which names other places.
    for unit in OF_THE_CLUSTER:
        assert lines(unit)["EnvironmentFile"] == ["/etc/kmop/kmop.env", "/etc/kmop/cluster.env"]


def test_the_parts_start_in_order_and_stop_together():
    assert len(OF_THE_CLUSTER) == 5
    for unit in OF_THE_CLUSTER:
        said = lines(unit)
        assert said["PartOf"] == said["WantedBy"] == ["kmop-cluster.target"]
        assert said["Restart"][0] in {"always", "on-failure"}
        assert said["StartLimitIntervalSec"] == ["0"]  # however long a database is away
    for later, earlier in (("server@", "migrate"), ("services", "migrate"),
                           ("deploy", "migrate"), ("worker@", "deploy")):  # fmt: skip
        assert f"kmop-{earlier}.service" in lines(FOLDER / f"kmop-{later}.service")["After"][0]
    assert lines(FOLDER / "kmop-cluster.target")["Conflicts"] == ["kmop-up.service"]


def test_what_is_secret_is_asked_for_and_does_not_stand_in_the_shared_settings():
    said = (FOLDER / "cluster.env").read_text()
    asked = {word for line in re.findall(r"^#(.*)$", said, re.MULTILINE)
             for word in re.findall(r"\bPREFECT_\w+", line)}  # fmt: skip
    assert asked == SECRET
    settings = re.sub(r"^#.*$", "", (FOLDER / "cluster.env").read_text(), flags=re.MULTILINE)
    assert not re.search(r"://[^/\s]+@|PASSWORD|AUTH_STRING", settings)
