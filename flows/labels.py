"""Label a run with the case it is about, so that the UI's filters find it."""

from __future__ import annotations

from uuid import UUID

from prefect import runtime
from prefect.client.orchestration import PrefectClient

from kmop_lifecycle.domain.case import Case


def of(case: Case) -> list[str]:
    """Return the tags of everything that is about a case."""
    return [
        f"case:{case.number}",
        f"bureau:{case.bureau}",
        f"kind:{case.kind}",
        f"state:{case.state}",
    ]


async def label(client: PrefectClient, case: Case) -> None:
    """Put the case's tags on this run, beside those it has."""
    tags = sorted({*runtime.flow_run.tags, *of(case)})
    await client.update_flow_run(UUID(runtime.flow_run.id), tags=tags)
