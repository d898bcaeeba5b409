"""SpiffWorkflow runs a BPMN process; its serialiser's JSON lies in the row of the case.

It does what we do not: any BPMN diagram, with subprocesses, gateways and scripts, without a line
of code. We do what it does not: storing, history rows and finding who is due; a due case is found
here by a column beside the JSON, then loaded, refreshed, stored.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

from tests.benchmarks.databases import connect
from tests.benchmarks.peers.stored import DUE, Batch, fill, record

_PROCESS = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="all" targetNamespace="peers">
  <process id="lifecycle" isExecutable="true">
    <startEvent id="start"><outgoing>a</outgoing></startEvent>
    <sequenceFlow id="a" sourceRef="start" targetRef="applied"/>
    <manualTask id="applied"><incoming>a</incoming><outgoing>b</outgoing></manualTask>
    <sequenceFlow id="b" sourceRef="applied" targetRef="confirmed"/>
    <intermediateCatchEvent id="confirmed">
      <incoming>b</incoming><outgoing>c</outgoing>
      <timerEventDefinition><timeDate>due</timeDate></timerEventDefinition>
    </intermediateCatchEvent>
    <sequenceFlow id="c" sourceRef="confirmed" targetRef="expired"/>
    <endEvent id="expired"><incoming>c</incoming></endEvent>
  </process>
</definitions>"""
_READ = "SELECT workflow, version FROM lifecycle_case WHERE id = %s FOR NO KEY UPDATE"
_YEAR = timedelta(days=365)


class Tool:
    def __init__(self, url: str) -> None:
        self._connection = connect(url)
        parser = BpmnParser()
        parser.add_bpmn_io(BytesIO(_PROCESS))
        self._spec = parser.get_spec("lifecycle")
        self._serialiser = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())

    def keep(self, batch: Batch) -> None:
        """Serialise one, and store it as often as asked: what differs would be its ids."""
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        if batch.state == "confirmed":
            # A timer that is due already would fire at once, before it is stored.
            soon = timedelta(seconds=1) if batch.wait == "0" else 2 * _YEAR
            _confirm(workflow, soon)
        kept = self._serialiser.serialize_json(workflow)
        wait = "1 second" if batch.wait == "0" else batch.wait
        fill(self._connection, Batch(batch.first, batch.count, batch.state, wait, kept))

    def confirm(self, number: int) -> None:
        with self._connection.transaction():
            workflow, version = self._load(number)
            _confirm(workflow, _YEAR)
            kept = self._serialiser.serialize_json(workflow)
            record(self._connection, number, version + 1, "applied", "confirmed", kept)

    def expire(self) -> None:
        numbers = [row[0] for row in self._connection.execute(DUE)]
        self._connection.commit()
        for number in numbers:
            with self._connection.transaction():
                workflow, version = self._load(number)
                workflow.refresh_waiting_tasks()
                workflow.do_engine_steps()
                if not workflow.is_completed():
                    raise RuntimeError(f"the timer of case {number} did not fire")
                kept = self._serialiser.serialize_json(workflow)
                record(self._connection, number, version + 1, "confirmed", "expired", kept)

    def _load(self, number: int) -> tuple[Any, int]:
        row = self._connection.execute(_READ, (number,)).fetchone()
        assert row is not None
        return self._serialiser.deserialize_json(row[0]), row[1]

    def close(self) -> None:
        self._connection.close()


def _confirm(workflow: Any, wait: timedelta) -> None:
    (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
    task.set_data(due=(datetime.now(UTC) + wait).isoformat())  # noqa: TID251
    task.run()
    workflow.do_engine_steps()
    workflow.refresh_waiting_tasks()
    if workflow.is_completed():
        raise RuntimeError("the timer fired before its day")
