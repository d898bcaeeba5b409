"""A rule book that is not right is refused with file, rule, key, value and the way out."""

from __future__ import annotations

import shutil
import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.rulebook_files import load_rulebook, problems
from kmop_lifecycle.adapters.rulebook_forms import FORMS
from kmop_lifecycle.domain.errors import ConfigurationError

SHIPPED = Path(__file__).parents[2] / "config" / "rulebook"
WRONG = tomllib.loads(Path(__file__).with_name("wrong_rules.toml").read_text("utf-8"))["wrong"]


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped book, to be spoilt."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "rulebook"))


def test_every_rule_holds_on_every_day_and_names_its_source():
    book = load_rulebook(SHIPPED)
    for name in FORMS:
        rule = getattr(book, name)
        for day in (date(2000, 1, 1), date(2099, 12, 31)):
            assert rule.on(day).rule == name
        for version in rule.versions:
            assert version.source
            if version.until:
                assert rule.on(version.until) is version
                assert rule.on(version.until + timedelta(days=1)) is not version


def test_the_shipped_book_has_no_problems():
    assert problems(SHIPPED) == []


def test_the_fingerprint_knows_the_content_and_not_the_comments(folder):
    book = load_rulebook(SHIPPED)
    assert len(book.fingerprint) == 16
    path = folder / "kinds.toml"
    path.write_text("# another comment\n" + path.read_text("utf-8"), "utf-8")
    assert load_rulebook(folder).fingerprint == book.fingerprint
    path.write_text(path.read_text("utf-8").replace("= 20\n", "= 21\n"), "utf-8")
    assert load_rulebook(folder).fingerprint != book.fingerprint


def test_moving_a_rule_to_another_file_changes_nothing(folder):
    book = load_rulebook(SHIPPED)
    (folder / "kinds.toml").rename(folder / "starters.toml")
    assert load_rulebook(folder).fingerprint == book.fingerprint


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong["line"][:70])
def test_a_wrong_rule_is_refused_with_file_rule_key_and_way_out(folder, wrong):
    path = folder / f"{wrong['file']}.toml"
    text = path.read_text("utf-8")
    assert wrong["good"] in text
    path.write_text(text.replace(wrong["good"], wrong["bad"], 1), "utf-8")
    found = problems(folder)
    assert [problem for problem in found if wrong["line"] in problem], found
    assert all(problem.startswith(f"{path.name}: ") for problem in found)
    assert not any("\n" in problem for problem in found)
    with pytest.raises(ConfigurationError) as refused:
        load_rulebook(folder)
    assert str(refused.value).startswith(f"rule book: {found[0]}")
    assert refused.value.hint


def test_a_file_with_a_bom_is_refused(folder):
    path = folder / "kinds.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert problems(folder)[0] == "kinds.toml: begins with a BOM: save it as UTF-8 without BOM"


def test_a_file_in_another_encoding_is_refused(folder):
    path = folder / "bureaus.toml"
    path.write_bytes(path.read_text("utf-8").encode("latin-1"))
    assert problems(folder)[0].startswith("bureaus.toml: byte ")


def test_a_missing_rule_is_named(folder):
    (folder / "kinds.toml").unlink()
    assert problems(folder) == ["rule starter is missing: write [[starter]]"]


def test_a_folder_without_rules_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="give the folder of the rule book"):
        load_rulebook(tmp_path)


def test_a_folder_named_like_a_rule_file_is_refused(folder):
    (folder / "extra.toml").mkdir()
    assert problems(folder)[0].startswith("extra.toml: cannot be read: ")


def test_of_several_problems_the_first_is_said_and_the_others_are_counted(folder):
    for name in ("kinds", "rates"):
        path = folder / f"{name}.toml"
        path.write_text(path.read_text("utf-8").replace("source", "sauce"), "utf-8")
    assert len(problems(folder)) == 6
    with pytest.raises(ConfigurationError, match=r"source is missing.* \(and 5 more problems\)"):
        load_rulebook(folder)
