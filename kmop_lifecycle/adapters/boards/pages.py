"""All pages in one language, as whoever publishes them asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kmop_lifecycle.adapters.boards import case_sheet, office
from kmop_lifecycle.adapters.boards.setting import Setting
from kmop_lifecycle.service.boards import Boards
from kmop_lifecycle.service.queries import File

_BOARDS = {
    "today": office.today,
    "pipeline": office.pipeline,
    "calendar": office.calendar,
    "deliveries": office.deliveries,
}


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages in one setting."""

    setting: Setting

    def boards(self, boards: Boards) -> Iterator[tuple[str, str, str]]:
        """Yield each board's name, title and page."""
        for name, write in _BOARDS.items():
            yield name, self.setting.say("title", name), write(boards, self.setting)

    def case(self, file: File) -> tuple[str, str]:
        """Return title and page of a case."""
        title = self.setting.say("title", "case", number=file.card.case.number)
        return title, case_sheet.sheet(file, self.setting)

    def facts(self, file: File) -> str:
        """Return what is to be known of a case in a few lines."""
        return case_sheet.facts(file, self.setting)
