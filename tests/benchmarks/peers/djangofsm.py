"""django-fsm-2 guards a field of a Django model; due rows are found with a query.

It does what we do not: permissions at a transition, and all of Django's admin around it. We do
what it does not: history, dates, notices and a sweep; its transition leaves saving, and so the
transaction and the history row, to the caller, as here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings
from django.db import connection, models, transaction
from django_fsm import FSMField
from django_fsm import transition as step

from tests.benchmarks.databases import connect
from tests.benchmarks.peers.stored import Batch, fill


def _models(url: str) -> tuple[Any, Any]:
    """Set Django up, once in a process, and declare the two models."""
    parts = urlsplit(url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "HOST": parse_qs(parts.query)["host"][0],
    }
    settings.configure(DATABASES={"default": database}, USE_TZ=True)
    django.setup()

    class Case(models.Model):  # noqa: DJ008
        id = models.BigIntegerField(primary_key=True)
        number = models.TextField(unique=True)
        state = FSMField(default="applied")
        version = models.IntegerField()
        due_at = models.DateTimeField(null=True)

        class Meta:
            app_label, db_table, managed = "peers", "lifecycle_case", False

        @step(field=state, source="applied", target="confirmed")
        def confirm(self) -> None:
            self.due_at = datetime.now(UTC) + timedelta(days=365)  # noqa: TID251

        @step(field=state, source="confirmed", target="expired")
        def expire(self) -> None:
            self.due_at = None

    class History(models.Model):  # noqa: DJ008
        pk = models.CompositePrimaryKey("case_id", "seq")
        case_id = models.BigIntegerField()
        seq = models.IntegerField()
        source = models.TextField()
        target = models.TextField()
        at = models.DateTimeField()

        class Meta:
            app_label, db_table, managed = "peers", "lifecycle_history", False

    return Case, History


class Tool:
    def __init__(self, url: str) -> None:
        self._url = url
        self._case, self._history = _models(url)

    def keep(self, batch: Batch) -> None:
        with connect(self._url) as plain:
            fill(plain, batch)

    def confirm(self, number: int) -> None:
        self._step(number, "confirm")

    def expire(self) -> None:
        now = datetime.now(UTC)  # noqa: TID251
        due = self._case.objects.filter(due_at__lte=now, state="confirmed")
        for number in list(due.values_list("id", flat=True)):
            self._step(number, "expire")

    def _step(self, number: int, event: str) -> None:
        with transaction.atomic():
            case = self._case.objects.select_for_update(no_key=True).get(id=number)
            source = case.state
            getattr(case, event)()
            case.version += 1
            case.save(update_fields=("state", "version", "due_at"))
            self._history.objects.create(
                case_id=number,
                seq=case.version,
                source=source,
                target=case.state,
                at=datetime.now(UTC),  # noqa: TID251
            )

    def close(self) -> None:
        connection.close()
