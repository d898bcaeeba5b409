"""Every file in deploy/ is held to something that can fail."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import promql_parser
import pytest
import yaml

from kmop_lifecycle.adapters.exposition import exposed
from kmop_lifecycle.cli.program import COMMANDS
from kmop_lifecycle.settings import Settings
from tests.stories import ROOT
from tests.unit.test_figures import SEEN, samples

DEPLOY = ROOT / "deploy"
ALERTS = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = json.loads((DEPLOY / "grafana.json").read_text())["panels"]
QUERIES = [rule["expr"] for rule in ALERTS] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]
METRICS = {name for name, *_ in samples(exposed(SEEN))}
CHECKED = {  # by what
    "Dockerfile": "below",
    "alerts.yaml": "below",
    "compose.yaml": "tests/unit/test_compose.py",
    "grafana.json": "below",
    "kubernetes": "tests/unit/test_kubernetes.py",
    "nginx.conf": "tests/unit/test_compose.py",
    "sbom": "tests/unit/test_sbom.py",
    "systemd": "tests/unit/test_systemd.py",
    "RUNBOOK.md": "tests/architecture",
    "constraints.txt": "every installation",
    "env.example": "tests/unit/test_environment.py",
    "pictures": "README.md shows them",
    "prefect.yaml": "tests/integration/test_deployments.py",
    "refresh-constraints": "below",
}
OTHERS = {"local-cluster", "postgres", "sql"}  # held to tests of their own


def test_no_file_is_without_a_check():
    assert {file.name for file in DEPLOY.iterdir()} - OTHERS == set(CHECKED)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_promql_over_metrics_that_exist(query):
    promql_parser.parse(query)
    named = set(re.findall(r"kmop_\w+", query))

    assert named
    assert named <= METRICS


def test_every_metric_is_on_the_dashboard():
    shown = {name for panel in PANELS for t in panel["targets"] for name in [t["expr"]]}

    assert {name for query in shown for name in re.findall(r"kmop_\w+", query)} == METRICS


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_how_urgent_it_is_and_what_it_is_about(rule):
    assert rule.keys() == {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"].endswith(".") or "?" in rule["annotations"]["summary"]


@pytest.mark.parametrize("script", ["refresh-constraints", "sbom"])
def test_a_script_is_one_that_a_shell_reads(script):
    subprocess.run(["bash", "-n", str(DEPLOY / script)], check=True)  # noqa: S603, S607


def image() -> str:
    return (DEPLOY / "Dockerfile").read_text()


def test_hadolint_finds_nothing_in_the_image():
    beside = Path(sys.executable).parent / "hadolint"
    said = subprocess.run(  # noqa: S603
        [str(beside), str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stdout) == (0, "")


def test_the_image_is_of_a_named_version_locked_and_not_root():
    tags = re.findall(r"^FROM python:(\S+)", image(), re.MULTILINE)
    assert len(set(tags)) == 1
    assert re.fullmatch(r"3\.1[1-9]\.\d+-slim-\w+", tags[0])
    assert "--constraint deploy/constraints.txt" in image()
    users = re.findall(r"^USER (\d+):(\d+)$", image(), re.MULTILINE)
    assert users
    assert all(int(part) > 0 for part in users[-1])


def test_the_image_copies_what_is_there_and_starts_what_there_is():
    for line in re.findall(r"^COPY (?!--from)(.+)$", image(), re.MULTILINE):
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources)
    entry, first = re.findall(r"^(?:ENTRYPOINT|CMD) (\[.+\])$", image(), re.MULTILINE)
    assert json.loads(entry) == ["kmop"]
    assert json.loads(first)[0] in {command.name for command in COMMANDS}


def test_the_image_sets_only_settings_that_exist():
    set_here = set(re.findall(r"\bKMOP_\w+", image()))
    known = {"KMOP_" + name.upper() for name in Settings.model_fields}
    assert {name.split("__")[0] for name in set_here} <= known
