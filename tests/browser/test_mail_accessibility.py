"""Everybody can read the mails: axe finds nothing in chromium, in light and in dark."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from kmop_lifecycle.adapters.words import LANGUAGES
from tests.browser.mails import PICTURES, browser, gallery, take_pictures
from tests.stories import ROOT

pytestmark = pytest.mark.browser

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "best-practice"]}}
Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Every mail in every language, and the index."""
    return gallery(tmp_path_factory.mktemp("gallery"))


def one_of_each(pages: list[Path]) -> list[Path]:
    """One page of each build and language: mails of the same elements differ in words only.

    With KMOP_TEST_EVERY_MAIL=1 all of them, which takes minutes.
    """
    if os.environ.get("KMOP_TEST_EVERY_MAIL"):
        return pages
    builds: dict[tuple[str, ...], Path] = {}
    for path in pages:
        elements = re.findall(r"<(?!a )[^>]+>|<a ", path.read_text(encoding="utf-8"))
        builds.setdefault(tuple(elements), path)
    return list(builds.values())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all."""
    with browser() as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_mail(
    pages: list[Path], chromium: Browser, scheme: Scheme
) -> None:
    axe, found = Axe(), {}
    page = chromium.new_page(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    looked_at = one_of_each(pages)
    assert len(looked_at) > len(LANGUAGES)
    for path in looked_at:
        page.goto(path.as_uri())
        results = axe.run(page, options=RULES).response
        assert results["passes"], "axe looked at nothing"
        unsure = [each["id"] for each in results["incomplete"]]
        problems = [each["id"] for each in results["violations"]] + unsure
        if problems:
            found[str(path.relative_to(path.parents[1]))] = problems
    page.close()
    assert found == {}


def test_axe_would_find_something(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<p style='color:#aaa;background:#fff'>pale</p><img src='x'>")
    found = {each["id"] for each in Axe().run(page, options=RULES).response["violations"]}
    page.close()
    assert {"color-contrast", "image-alt", "html-has-lang", "document-title"} <= found


def test_a_mail_fits_a_narrow_screen(pages: list[Path], chromium: Browser) -> None:
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    for path in one_of_each(pages)[:-1]:
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path.name
    page.close()


def test_the_pictures_in_the_readme_can_be_made_again(
    pages: list[Path], chromium: Browser, tmp_path: Path
) -> None:
    take_pictures(chromium, pages[-1].parent, tmp_path)
    for name in PICTURES:
        for folder in (tmp_path, ROOT / "deploy" / "pictures"):
            picture = (folder / name).read_bytes()
            assert picture.startswith(b"\x89PNG")
            assert len(picture) < 120_000
