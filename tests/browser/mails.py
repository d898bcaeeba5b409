"""The gallery in a real browser: what the tests look at, and the pictures in the README.

`python -m tests.browser.mails` makes the pictures anew.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from kmop_lifecycle import bootstrap
from kmop_lifecycle.adapters.gallery_pages import write_gallery
from kmop_lifecycle.service.gallery import examples
from kmop_lifecycle.settings import load_settings
from tests.stories import ROOT

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PICTURES = {
    "mail-nl.png": "follow_up/-3m.provider.nl.html",
    "mail-fr.png": "renewal/-1m.provider.fr.html",
    "mail-en.png": "step/register.provider.en.html",
    "mail-several.png": "digest/authority.en.html",
}
DAY = date(2026, 1, 5)
WIDE, TALL = 640, 900


def chromium_path() -> str:
    """The browser of this machine; without one there is nothing to look with."""
    found = os.environ.get("KMOP_TEST_CHROMIUM") or shutil.which("chromium")
    assert found, "chromium is not installed: apt-get install chromium"
    return found


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """A chromium without a past, that calls nobody; `more` are further options of its own."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), args=[*QUIET, *more])
        try:
            yield running
        finally:
            running.close()


def gallery(folder: Path) -> list[Path]:
    """Write the gallery and return its pages, the index last."""
    settings = load_settings(config_dir=ROOT / "config")
    book = bootstrap.rule_book(settings)
    renderer = bootstrap.renderer(settings, book, bootstrap.today())
    write_gallery(folder, examples(book, DAY), renderer, DAY)
    return [*sorted(folder.glob("*/*.html")), folder / "index.html"]


def take_pictures(running: Browser, folder: Path, target: Path) -> None:
    """Photograph three mails as wide as a mail window."""
    page = running.new_page(viewport={"width": WIDE, "height": 400})
    for name, mail in PICTURES.items():
        page.goto((folder / mail).as_uri())
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALL)
        clip = {"x": 0, "y": 0, "width": WIDE, "height": height}
        page.screenshot(path=target / name, full_page=True, clip=clip)
    page.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as room, browser() as running:
        gallery(Path(room))
        take_pictures(running, Path(room), ROOT / "deploy" / "pictures")
