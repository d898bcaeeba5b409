"""The bill of materials names everything that is installed, with its version, and nothing else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib import resources
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import jsonschema
import pytest
import referencing
from packaging.utils import canonicalize_name
from referencing.jsonschema import DRAFT7

from tests.stories import ROOT

SCHEMAS = resources.files("cyclonedx.schema") / "_res"


def written(to: Path, *options: str) -> subprocess.CompletedProcess[str]:
    beside = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(  # noqa: S603
        [str(ROOT / "deploy" / "sbom"), *([str(to)] if to.name else []), *options],
        env=beside, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("sbom") / "sbom.json"
    # The script itself checks addresses by their grammar too, which takes ten seconds.
    made = written(file, "--no-validate")
    assert made.returncode == 0, made.stderr
    return json.loads(file.read_text(encoding="utf-8"))


def installed() -> dict[str, str]:
    return {canonicalize_name(one.name): one.version for one in distributions()}


def listed(bill: dict[str, Any]) -> dict[str, str]:
    return {canonicalize_name(one["name"]): one["version"] for one in bill["components"]}


def checked() -> jsonschema.Draft7Validator:
    """Return the schema of version 1.6, which refers to others by the name of their file."""
    read = {
        file.name: json.loads(file.read_text(encoding="utf-8"))
        for file in SCHEMAS.iterdir()
        if file.name.endswith(".SNAPSHOT.schema.json")
    }
    own = read["bom-1.6.SNAPSHOT.schema.json"]
    known = [
        (urljoin(own["$id"], name), DRAFT7.create_resource(one)) for name, one in read.items()
    ]
    registry: Any = referencing.Registry().with_resources(known)
    return jsonschema.Draft7Validator(own, registry=registry)


def test_it_is_what_its_schema_asks(bill):
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert [error.message for error in checked().iter_errors(bill)] == []
    broken = {**bill, "components": [{"name": "nameless"}]}
    assert [error.message for error in checked().iter_errors(broken)]


def test_everything_that_is_pinned_and_installed_is_in_it(bill):
    pins = (ROOT / "deploy" / "constraints.txt").read_text(encoding="utf-8")
    pinned = {
        canonicalize_name(n): v for n, v in re.findall(r"^([\w.-]+)==(\S+)$", pins, re.MULTILINE)
    }
    there, told = installed(), listed(bill)
    here = {name: version for name, version in pinned.items() if name in there}
    assert len(here) > 100
    # A newer one than the pinned is told as it is installed.
    assert {name: told.get(name) for name in here} == {name: there[name] for name in here}


def test_nothing_is_in_it_that_is_not_installed(bill):
    assert listed(bill).items() <= installed().items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    about = bill["metadata"]["component"]
    assert (about["name"], about["version"]) == (project["name"], project["version"])
    assert about["licenses"][0]["license"]["id"] == project["license"]


def test_no_path_of_the_machine_is_in_it(bill):
    text = json.dumps(bill)
    assert "file://" not in text
    assert str(ROOT) not in text
    assert sys.prefix not in text


def test_without_a_file_it_says_how_it_is_used():
    asked = written(Path())
    assert (asked.returncode, asked.stderr.split(":")[0]) == (2, "usage")
