"""python-statemachine moves the state of an SQLAlchemy row; due rows are found with a query.

It does what we do not: states within states and parallel ones, asynchronous machines, drawings
of the machine. We do what it does not: storing, history, dates and notices, and a sweep; here
those are thirty lines of the benchmark's own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from statemachine import State, StateMachine

from tests.benchmarks.databases import connect
from tests.benchmarks.peers.stored import Batch, fill


class _Base(DeclarativeBase):
    pass


class _Case(_Base):
    __tablename__ = "lifecycle_case"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    state: Mapped[str]
    version: Mapped[int]
    due_at: Mapped[datetime | None]


class _History(_Base):
    __tablename__ = "lifecycle_history"
    case_id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    target: Mapped[str]
    at: Mapped[datetime]


class _Lifecycle(StateMachine):
    applied = State(initial=True)
    confirmed = State()
    expired = State(final=True)
    confirm = applied.to(confirmed)
    expire = confirmed.to(expired)


class Tool:
    def __init__(self, url: str) -> None:
        self._url, self._engine = url, create_engine(url)

    def keep(self, batch: Batch) -> None:
        with connect(self._url) as connection:
            fill(connection, batch)

    def confirm(self, number: int) -> None:
        self._step(number, "confirm")

    def expire(self) -> None:
        now = datetime.now(UTC)  # noqa: TID251
        due = select(_Case.id).where(_Case.due_at <= now, _Case.state == "confirmed")
        with Session(self._engine) as session:
            numbers = session.scalars(due).all()
        for number in numbers:
            self._step(number, "expire")

    def _step(self, number: int, event: str) -> None:
        now = datetime.now(UTC)  # noqa: TID251
        with Session(self._engine) as session, session.begin():
            case = session.get_one(_Case, number, with_for_update={"key_share": True})
            source = case.state
            _Lifecycle(model=case, state_field="state").send(event)
            case.version += 1
            case.due_at = now + timedelta(days=365) if event == "confirm" else None
            session.add(
                _History(
                    case_id=number, seq=case.version, source=source, target=case.state, at=now
                )
            )

    def close(self) -> None:
        self._engine.dispose()
