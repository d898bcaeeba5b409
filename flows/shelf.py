"""The pages in Prefect: one artifact to a key, written over, so that its address stays.

A new artifact for every sweep would fill Prefect's database, and no page would keep its address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect import runtime
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey
from prefect.client.schemas.objects import ArtifactCollection

AS_OF = "as_of"
NOTE = "Where to go from here"


@dataclass(frozen=True, slots=True)
class Page:
    """What is written under a key."""

    key: str
    title: str
    text: str


async def known(client: PrefectClient, keys: Collection[str]) -> dict[str, ArtifactCollection]:
    """Return the pages there are, by key."""
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(any_=[*keys]))
    found = await client.read_latest_artifacts(artifact_filter=wanted, limit=200)
    return {page.key: page for page in found if page.key}


def as_of(page: ArtifactCollection | None) -> datetime | None:
    """Return the moment up to which a page tells everything; None while there is none."""
    told = (page.metadata_ or {}).get(AS_OF) if page else None
    return datetime.fromisoformat(told) if told else None


async def put(
    client: PrefectClient, pages: Iterable[Page], shelf: dict[str, UUID], moment: datetime
) -> None:
    """Write pages over those of the same key; those that are new are added to the shelf."""
    for page in pages:
        body: dict[str, Any] = {
            "description": page.title,
            "data": page.text,
            "metadata_": {AS_OF: moment.isoformat()},
        }
        if page.key in shelf:
            # Not `update_artifact`: that would write the whole page into the event feed as well.
            await client.request(
                "PATCH", "/artifacts/{id}", path_params={"id": shelf[page.key]}, json=body
            )
        else:
            new = ArtifactCreate(key=page.key, type="markdown", flow_run_id=_run(), **body)
            shelf[page.key] = (await client.create_artifact(new)).id


async def note(client: PrefectClient, text: str) -> None:
    """Leave a few lines with this run alone, under its own Artifacts tab."""
    new = ArtifactCreate(type="markdown", description=NOTE, data=text, flow_run_id=_run())
    await client.create_artifact(new)


def _run() -> UUID | None:
    return UUID(runtime.flow_run.id) if runtime.flow_run.id else None
