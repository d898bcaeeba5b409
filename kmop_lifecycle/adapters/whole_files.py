"""Files that come whole or not at all: a reader sees the old text or the new one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

FOR_ALL, FOR_ITS_OWNER = 0o644, 0o600


def write_whole(file: Path, text: str, mode: int = FOR_ITS_OWNER) -> None:
    """Write a text beside its place and move it there; OSError says why it could not be.

    Without room or right the old file stays, and nothing of the new one is left.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    beside = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        beside.chmod(mode)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
