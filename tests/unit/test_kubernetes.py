"""The production form in Kubernetes is the one that runs as processes; nothing in it is loose."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from flows.cluster.plan import DEPLOY, MIGRATE, Plan
from flows.server import Place
from kmop_lifecycle.cli.program import COMMANDS
from kmop_lifecycle.settings import load_settings
from tests.stories import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
CHART, LISTED, EXAMPLE = "prefect-server.values.yaml", "kustomization.yaml", "secrets.example.yaml"
ONCE = {"migrate.yaml", "deploy.yaml"}  # jobs, each at its moment
READ = {
    file.name: [*yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    for file in sorted(FOLDER.iterdir())
}
VALUES: dict[str, Any] = READ[CHART][0]
OBJECTS = [one for name, all_ in READ.items() if name not in {CHART, LISTED} for one in all_]
PLAN = Plan(
    Path("state"), Path("sockets"), 6379,
    (Place("api-1", 4200, Path("p")), Place("api-2", 4200, Path("p"))), 2, "of:the-cluster",
)  # fmt: skip
# Where the addresses stand, which differ, and what Prefect logs and polls; the log-in, which is a
# secret; and who registers block types: one server there, a job here, since these are all alike.
LOCAL = {
    "PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING",
    "KMOP_DATABASE_URL", "PREFECT_HOME", "PREFECT_API_URL", "PREFECT_SERVER_API_HOST",
    "PREFECT_SERVER_DATABASE_CONNECTION_URL", "PREFECT_LOGGING_LEVEL",
    "PREFECT_LOGGING_SERVER_LEVEL", "PREFECT_RUNNER_POLL_FREQUENCY",
    "PREFECT_WORKER_QUERY_SECONDS", "PREFECT_UI_STATIC_DIRECTORY",
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START",
}  # fmt: skip
# What the chart gives its pods by itself.
CHARTS_OWN = {
    "PREFECT_SERVER_API_PORT": "4200",  # service.targetPort
    "PREFECT_UI_API_URL": VALUES["server"]["uiConfig"]["prefectUiApiUrl"],
}
KNOWN = {  # keys of the chart that are used here, by its values.yaml of commit 007af1c7
    "": {"fullnameOverride", "global", "server", "backgroundServices", "migrations", "secret",
         "postgresql", "redis", "sqlite", "ingress"},
    "global": {"prefect"},
    "global.prefect": {"image", "env"},
    "global.prefect.image": {"repository", "prefectTag", "pullPolicy", "pullSecrets"},
    "server": {
        "basicAuth", "priorityClassName", "apiBasePath", "debug", "loggingLevel", "uiConfig",
        "env", "args", "command", "revisionHistoryLimit", "autoscaling", "replicaCount",
        "resources",
        "livenessProbe", "readinessProbe", "podSecurityContext", "containerSecurityContext",
        "updateStrategy", "podLabels", "podAnnotations", "affinity", "nodeSelector", "tolerations",
        "extraEnvVarsCM", "extraEnvVarsSecret", "extraContainers", "extraVolumes",
        "extraVolumeMounts", "extraArgs"},
    "server.basicAuth": {"enabled", "authString", "existingSecret"},
    "server.uiConfig": {"prefectUiApiUrl", "prefectUiStaticDirectory"},
    "server.livenessProbe": {"enabled", "config"},
    "server.readinessProbe": {"enabled", "config"},
    "backgroundServices": {
        "runAsSeparateDeployment", "priorityClassName", "debug", "loggingLevel", "env", "args",
        "command", "revisionHistoryLimit", "resources", "podSecurityContext",
        "containerSecurityContext", "podLabels", "podAnnotations", "affinity", "nodeSelector",
        "tolerations", "extraEnvVarsCM", "extraEnvVarsSecret", "extraContainers", "extraVolumes",
        "extraVolumeMounts", "serviceAccount", "messaging"},
    "migrations": {"enabled"},
    "secret": {"create", "name", "username", "password", "host", "port", "database"},
    "postgresql": {"enabled"}, "redis": {"enabled"}, "sqlite": {"enabled"}, "ingress": {"enabled"},
}  # fmt: skip
THEIRS = {
    "resources",
    "updateStrategy",
    "podSecurityContext",
    "containerSecurityContext",
    "config",
}


def named(kind: str, name: str) -> dict[str, Any]:
    (one,) = [o for o in OBJECTS if (o["kind"], o["metadata"]["name"]) == (kind, name)]
    return one


def pods() -> dict[str, dict[str, Any]]:
    """Return what runs in a pod, by the name of what starts it."""
    found = {}
    for one in OBJECTS:
        spec = one.get("spec", {})
        spec = spec.get("jobTemplate", {}).get("spec", spec)
        if "template" in spec:
            found[one["metadata"]["name"]] = spec["template"]["spec"]
    return found


def containers(pod: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in [*pod.get("initContainers", []), *pod["containers"]]}


PODS = pods()
CONTAINERS = {
    f"{pod}/{name}": one for pod, of in PODS.items() for name, one in containers(of).items()
}
WORKER = CONTAINERS["kmop-worker/worker"]


def after(program: str, command: tuple[str, ...]) -> list[str]:
    """Return a command of the plan as a container has it: its program by name."""
    return [program, *command[3:]]


@pytest.mark.parametrize("version", ["1.31", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("one", OBJECTS, ids=lambda o: f"{o['kind']}-{o['metadata']['name']}")
def test_it_is_what_kubernetes_takes(one, version):
    kubernetes_validate.validate(one, version, strict=True)
    wrong = copy.deepcopy(one) | {"speck": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)


def test_every_file_is_listed_or_has_its_moment():
    assert {*READ} == {*READ[LISTED][0]["resources"], *ONCE, LISTED, CHART, EXAMPLE}
    assert {one["metadata"]["namespace"] for one in OBJECTS} == {READ[LISTED][0]["namespace"]}


@pytest.mark.skipif(not shutil.which("kubectl"), reason="no kubectl on this machine")
def test_kubectl_puts_it_together():
    made = subprocess.run(  # noqa: S603
        ["kubectl", "kustomize", str(FOLDER)],  # noqa: S607
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    listed = sum(len(READ[name]) for name in READ[LISTED][0]["resources"])
    assert len([*yaml.safe_load_all(made.stdout)]) == listed


def test_the_chart_has_every_key_that_is_set():
    def unknown(value: Any, path: str) -> list[str]:
        if not isinstance(value, dict) or path.rpartition(".")[2] in THEIRS:
            return []
        here = [f"{path}.{key}".lstrip(".") for key in value]
        strange = [name for name in here if name.rpartition(".")[2] not in KNOWN.get(path, set())]
        return strange + [
            bad for name in here for bad in unknown(value[name.rpartition(".")[2]], name)
        ]

    assert unknown(VALUES, "") == []


def test_one_image_and_the_chart_finds_prefects_version_in_its_tag():
    pins = (ROOT / "deploy" / "constraints.txt").read_text()
    prefect = re.search(r"^prefect==(\S+)$", pins, re.MULTILINE)[1]
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    image = VALUES["global"]["prefect"]["image"]
    whole = f"kmop-lifecycle:{prefect}-kmop{ours}"
    assert f"{image['repository']}:{image['prefectTag']}" == whole
    assert {one["image"] for one in CONTAINERS.values()} == {whole}


def test_its_commands_are_those_of_the_cluster_that_the_tests_run():
    api, _, services = (after("prefect", part.command) for part in PLAN.servers())
    server, background = VALUES["server"], VALUES["backgroundServices"]
    assert server["command"] + server["args"] == api
    assert background["command"] + background["args"] == services
    assert background["runAsSeparateDeployment"] is True
    assert CONTAINERS["kmop-migrate/prefect"]["command"] == after("prefect", MIGRATE)
    assert CONTAINERS["kmop-deploy/deployments"]["command"] == after("kmop", DEPLOY)
    hand = after("prefect", PLAN.hands()[0].command)
    assert WORKER["command"] == [*hand[:-1], "$(POD_NAME)", "--with-healthcheck"]


def told(maps: list[str], secrets: list[str]) -> dict[str, str]:
    return {
        name: value
        for kind, names, part in (("ConfigMap", maps, "data"), ("Secret", secrets, "stringData"))
        for of in names
        for name, value in named(kind, of)[part].items()
    }


@pytest.mark.parametrize("part", PLAN.servers(), ids=lambda part: part.name)
def test_the_charts_settings_are_those_of_the_cluster(part):
    values = VALUES["backgroundServices" if part.name == "services" else "server"]
    given = told([values["extraEnvVarsCM"]], [values["extraEnvVarsSecret"]]) | CHARTS_OWN
    here = {name: value for name, value in part.settings.items() if name not in LOCAL}
    assert set(here) <= set(given)
    # An address is a secret, and where it is nobody knows here.
    same = {name for name in here if not here[name].startswith("redis://")}
    assert {name: given[name] for name in same} == {name: here[name] for name in same}
    assert given["PREFECT_SERVER_REGISTER_BLOCKS_ON_START"] == "false"


def test_the_worker_asks_the_charts_service_and_knows_what_the_servers_know():
    maps = [one["configMapRef"]["name"] for one in WORKER["envFrom"]]
    given = told(maps, [])
    name, port = VALUES["fullnameOverride"], CHARTS_OWN["PREFECT_SERVER_API_PORT"]
    assert given["PREFECT_API_URL"] == f"http://{name}:{port}/api"
    assert VALUES["server"]["extraEnvVarsCM"] in maps


@pytest.mark.parametrize("name", PODS)
def test_a_pod_may_do_little_and_is_told_nothing_it_did_not_ask(name):
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False  # KMOP_… variables that nobody knows are refused
    volumes = {volume["name"] for volume in pod["volumes"]}
    for one in containers(pod).values():
        assert {mount["name"] for mount in one["volumeMounts"]} <= volumes


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_writes_nowhere_gains_nothing_and_has_its_bounds(name):
    one = CONTAINERS[name]
    bounds = one["securityContext"]
    assert (bounds["readOnlyRootFilesystem"], bounds["allowPrivilegeEscalation"]) == (True, False)
    assert bounds["capabilities"] == {"drop": ["ALL"]}
    assert {"requests", "limits"} == set(one["resources"])
    assert {"mountPath": "/tmp", "name": "scratch"} in one["volumeMounts"]  # noqa: S108


def test_the_charts_pods_are_held_as_short_and_watched():
    for part in ("server", "backgroundServices"):
        bounds = VALUES[part]["containerSecurityContext"]
        assert bounds["readOnlyRootFilesystem"] is True
        assert bounds["runAsUser"] == VALUES[part]["podSecurityContext"]["runAsUser"] > 0
    assert VALUES["server"]["livenessProbe"]["enabled"] is True
    assert VALUES["server"]["readinessProbe"]["enabled"] is True
    assert VALUES["server"]["basicAuth"]["enabled"] is True


@pytest.mark.parametrize("name", ["kmop-worker", "kmop-metrics"])
def test_what_runs_on_is_watched(name):
    (one,) = PODS[name]["containers"]
    ports = {port["name"] for port in one["ports"]}
    for probe in ("livenessProbe", "readinessProbe"):
        (asked,) = [one[probe][how] for how in ("httpGet", "tcpSocket") if how in one[probe]]
        assert asked["port"] in ports


def test_at_most_one_of_those_that_carry_the_work_is_taken_away_at_a_time():
    worker = named("PodDisruptionBudget", "kmop-worker")["spec"]
    labels = named("Deployment", "kmop-worker")["spec"]["template"]["metadata"]["labels"]
    assert worker["selector"]["matchLabels"].items() <= labels.items()
    assert worker["minAvailable"] < named("Deployment", "kmop-worker")["spec"]["replicas"]
    server = named("PodDisruptionBudget", "prefect-server")["spec"]
    assert server["minAvailable"] < VALUES["server"]["replicaCount"]


def asked_for(pod: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Return each map and secret that a pod refers to, with its key where one is named."""
    volumes = [volume.get("secret", {}) for volume in pod["volumes"]]
    asked = {
        ("Secret", of["secretName"], item["key"]) for of in volumes for item in of.get("items", [])
    }
    asked |= {("Secret", of["secretName"], "") for of in volumes if of}
    asked |= {
        ("ConfigMap", v["configMap"]["name"], "") for v in pod["volumes"] if "configMap" in v
    }
    for one in containers(pod).values():
        asked |= {("ConfigMap", source["configMapRef"]["name"], "") for source in one["envFrom"]}
        given = [variable.get("valueFrom", {}) for variable in one.get("env", [])]
        keys = [of["secretKeyRef"] for of in given if "secretKeyRef" in of]
        asked |= {("Secret", of["name"], of["key"]) for of in keys}
    return asked


KEYS = {
    (one["kind"], one["metadata"]["name"]): {"", *one.get("data", {}), *one.get("stringData", {})}
    for one in OBJECTS
    if one["kind"] in {"ConfigMap", "Secret", "PersistentVolumeClaim"}
}


@pytest.mark.parametrize("name", PODS)
def test_whatever_a_pod_refers_to_is_there(name):
    asked = asked_for(PODS[name])
    assert asked
    assert not [(kind, of, key) for kind, of, key in asked if key not in KEYS[kind, of]]


def test_the_secrets_that_the_chart_asks_for_are_there():
    assert "auth-string" in KEYS["Secret", VALUES["server"]["basicAuth"]["existingSecret"]]
    assert "connection-string" in KEYS["Secret", VALUES["secret"]["name"]]


def test_no_secret_stands_in_it():
    for one in OBJECTS:
        if one["kind"] == "Secret":
            assert set(one["stringData"].values()) == {""}
    assert EXAMPLE not in READ[LISTED][0]["resources"]
    rest = json.dumps([one for one in OBJECTS if one["kind"] != "Secret"] + [VALUES])
    assert not re.search(r"://[^@\"]+:[^@\"]+@", rest)


def test_the_production_settings_are_the_projects_own():
    kept = named("ConfigMap", "kmop-production")["data"]["production.toml"]
    assert kept == (ROOT / "config" / "production.toml").read_text(encoding="utf-8")


def test_what_is_run_by_the_clock_is_a_command_there_is():
    words = {
        name: one["command"] for name, one in CONTAINERS.items() if one["command"][0] == "kmop"
    }
    known = {entry.name for entry in COMMANDS}
    assert {name for name, (_, command, *_) in words.items() if command not in known} == set()
    assert {"kmop-sweep/sweep", "kmop-deliver/deliver", "kmop-backup/backup"} <= set(words)


@pytest.mark.parametrize("pod", ["kmop-worker", "kmop-migrate", "kmop-sweep", "kmop-metrics"])
def test_the_program_takes_its_settings(pod, tmp_path, monkeypatch):
    """With secrets in the files that a pod would have."""
    *_, one = containers(PODS[pod]).values()
    given = told([source["configMapRef"]["name"] for source in one["envFrom"]], [])
    given |= {v["name"]: v["value"] for v in one.get("env", []) if "value" in v}
    (volume,) = [v["secret"] for v in PODS[pod]["volumes"] if v["name"] == "register"]
    items = [item["path"] for item in volume.get("items", [])]
    for file in items or named("Secret", "kmop-register")["stringData"]:
        (tmp_path / file).write_text(f"of-{file}\n")
    for name, value in given.items():
        if name.startswith("KMOP_"):
            monkeypatch.setenv(name, value.replace("/run/secrets/kmop", str(tmp_path)))
    settings = load_settings(config_dir=ROOT / "config")
    assert settings.profile == "production"
    who = "kmop:of-owner" if pod == "kmop-migrate" else "kmop_app:of-database"
    assert f"://{who}-password@" in settings.database_address
    assert settings.mail.smtp_password.get_secret_value() == "of-smtp-password"


def test_no_service_gives_a_pod_a_variable_that_is_ours():
    services = [one["metadata"]["name"] for one in OBJECTS if one["kind"] == "Service"]
    assert services
    assert not [name for name in services if name.startswith("kmop")]


def test_nobody_calls_a_pod_of_ours_but_for_its_metrics():
    quiet = named("NetworkPolicy", "kmop-quiet")["spec"]
    assert "ingress" not in quiet
    for one in OBJECTS:
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            labels = template["metadata"]["labels"]
            assert quiet["podSelector"]["matchLabels"].items() <= labels.items()
    (open_to_all,) = named("NetworkPolicy", "kmop-metrics")["spec"]["ingress"]
    (metrics,) = PODS["kmop-metrics"]["containers"]
    assert {port["port"] for port in open_to_all["ports"]} == {p["name"] for p in metrics["ports"]}


@pytest.mark.parametrize("name", CONTAINERS)
def test_whoever_asks_the_api_logs_in_and_nobody_else_knows_how(name):
    of = {one["name"]: one.get("valueFrom") for one in CONTAINERS[name].get("env", [])}
    asks = name.startswith(("kmop-worker/", "kmop-deploy/"))
    secret = {"secretKeyRef": {"name": "kmop-prefect", "key": "auth-string"}}
    assert of.get("PREFECT_API_AUTH_STRING") == (secret if asks else None)
