"""The production form in containers is the one that runs as processes; nothing in it is loose."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import trustme
import yaml

from flows.cluster.plan import DEPLOY, MIGRATE, Plan
from flows.server import Place
from kmop_lifecycle.cli.program import COMMANDS
from tests.stories import ROOT

FILE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES = FILE["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"].startswith("kmop-lifecycle:")}
PROXY = (ROOT / "deploy" / "nginx.conf").read_text()
PLAN = Plan(
    Path("state"), Path("sockets"), 6379,
    (Place("api-1", 4200, Path("p")), Place("api-2", 4200, Path("p"))), 2, "${PREFECT_AUTH}",
)  # fmt: skip
# Where the addresses stand, which differ, and what Prefect logs and polls.
LOCAL = {
    "KMOP_DATABASE_URL", "PREFECT_HOME", "PREFECT_API_URL", "PREFECT_SERVER_API_HOST",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_REDIS_MESSAGING_URL",
    "PREFECT_SERVER_DOCKET_URL", "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL",
    "PREFECT_LOGGING_LEVEL", "PREFECT_LOGGING_SERVER_LEVEL", "PREFECT_RUNNER_POLL_FREQUENCY",
    "PREFECT_WORKER_QUERY_SECONDS", "PREFECT_UI_STATIC_DIRECTORY", "PREFECT_API_AUTH_STRING",
}  # fmt: skip


def said(service: dict) -> list[str]:
    return [*service.get("entrypoint", ["kmop"]), *service["command"]]


def after(program: str, command: tuple[str, ...]) -> list[str]:
    """Return a command of the plan as a container has it: its program by name."""
    return [program, *command[3:]]


def test_it_is_a_compose_file():
    schema = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(FILE, json.loads(schema.read_text()))


def test_its_commands_are_those_of_the_cluster_that_the_tests_run():
    wanted = {part.name: after("prefect", part.command) for part in PLAN.servers() + PLAN.hands()}
    wanted |= {"migrate-prefect": after("prefect", MIGRATE), "deploy": after("kmop", DEPLOY)}
    assert {name: said(SERVICES[name]) for name in wanted} == wanted
    assert said(SERVICES["migrate-register"])[1] in {entry.name for entry in COMMANDS}


@pytest.mark.parametrize("part", PLAN.servers() + PLAN.hands(), ids=lambda part: part.name)
def test_its_settings_are_those_of_the_cluster_too(part):
    given = SERVICES[part.name]["environment"]
    here = {name: value for name, value in part.settings.items() if name not in LOCAL}
    assert {name: str(given[name]) for name in here} == here
    assert set(part.settings) - set(given) <= LOCAL


def test_only_the_proxy_can_be_reached_from_elsewhere():
    open_to_all = {
        name
        for name, one in SERVICES.items()
        for port in one.get("ports", [])
        if not port.startswith("127.0.0.1:")
    }
    assert open_to_all == {"proxy"}


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_of_one_version_and_may_gain_no_rights(name):
    service = SERVICES[name]
    assert re.search(r":v?\d+\.\d+(\.\d+)?(-\w+)?$", service["image"])
    if "profiles" not in service:
        assert "no-new-privileges:true" in service["security_opt"]
        assert "healthcheck" in service or service in (SERVICES["api-1"], SERVICES["api-2"])


@pytest.mark.parametrize("name", OURS)
def test_what_is_ours_writes_nowhere_and_waits_for_what_it_needs(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert all(need in SERVICES for need in service["depends_on"])


def test_no_secret_stands_in_it():
    text = json.dumps(FILE)
    assert set(re.findall(r"\$\{(\w+)", text)) == {"POSTGRES_PASSWORD", "PREFECT_AUTH"}
    assert not re.search(r"://\w+:(?!\$)[^@\"]+@", text)


def test_the_proxy_hands_on_to_both_servers_and_says_how_it_is_to_be_shown():
    servers = {name for name in SERVICES if name.startswith("api-")}
    assert set(re.findall(r"server (api-\d):4200", PROXY)) == servers
    for header in ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options",
                   "Content-Security-Policy", "Referrer-Policy"):  # fmt: skip
        assert re.search(rf'add_header {header} +"[^"]+" always;', PROXY)
    assert "limit_req  zone=visitors" in PROXY
    assert "TLSv1.1" not in PROXY
    assert PROXY.count("{") == PROXY.count("}")


@pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx on this machine")
def test_nginx_reads_the_proxys_settings(tmp_path):
    issued = trustme.CA().issue_cert("proxy.example")
    issued.private_key_pem.write_to_path(tmp_path / "privkey.pem")
    for pem in issued.cert_chain_pems:
        pem.write_to_path(tmp_path / "fullchain.pem", append=True)
    here = re.sub(r"api-\d:", "127.0.0.1:", PROXY).replace("/etc/nginx/tls", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {here} }}"
    )
    tried = subprocess.run(  # noqa: S603
        ["nginx", "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert tried.returncode == 0, tried.stderr
