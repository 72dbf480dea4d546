"""A revision's model as the loop asks it: what to answer to the requests that wait."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from typing import Any

from . import asked as headers
from . import frames, outputs
from .asked import Asked
from .batches import Job, joined, split
from .failures import MESSAGE_LIMIT, BadInput, NotSupported, PredictionFailed, TooManyRows, WrongRows, of_model
from .pieces import OpenAnswers, Pieces
from .plan import Plan
from .runtimes import choice
from .runtimes.base import Runtime
from .runtimes.pyfunc import Pyfunc
from .script import Script
from .signature import Signature

Answer = tuple[int, bytes, bytes]  # how it went, header, body


class Model:
    def __init__(self, plan: Plan) -> None:
        if not plan.document and not plan.script:
            raise FileNotFoundError(f"there is no MLmodel file in {plan.model}, and no scoring script is named")
        self._plan = plan
        self._signature = Signature(plan.document)
        self._script = Script(plan) if plan.script else None
        self._runtime = choice.load(plan, self._signature) if plan.document else None
        self.most_rows = plan.most_rows
        self.batching, self._why = _batching(plan.batching, self._runtime)
        self._asked = self._predicted = 0
        self._open = OpenAnswers()

    def job(self, connection: Any, frame: frames.Frame) -> Job:
        """A request that is ready to be predicted. Raises BadInput, NotSupported, TooManyRows, PredictionFailed."""
        if frame.code == frames.NEXT:
            return self._further(connection, frame)
        try:
            asked = headers.read(frame.header)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadInput(f"The header of the request cannot be read: {error}") from None
        if asked.form == "scoring":
            job = Job(connection, frame.number, frame.deadline, asked, frame.body)
        elif asked.form == "document":
            asked, value = self._needed().inputs.document(asked, frame.body)
            job = Job(connection, frame.number, frame.deadline, asked, value)
            job.key = None
        else:
            runtime = self._needed()
            if asked.form == "tensors" and asked.params:
                asked = runtime.inputs.own_params(asked)
            job = Job(connection, frame.number, frame.deadline, asked, runtime.inputs.read(asked, frame.body))
            self._check_rows(job.value)
        if not self.batching:
            job.key = None
        return job

    def answers(self, jobs: Sequence[Job]) -> list[Answer]:
        """One for each. Where they cannot be predicted together they are predicted one by one."""
        self._asked += len(jobs)
        if len(jobs) > 1:
            try:
                return self._together(jobs)
            except WrongRows as error:
                self.batching, self._why = False, str(error)
                print(f"Requests are predicted one by one from now on: {error}", flush=True)
            except (Exception, SystemExit):  # noqa: BLE001 - one of them; the others shall not fail with it
                print(f"{len(jobs)} requests could not be predicted together; predicting them one by one", flush=True)
        return [answer for job in jobs for answer in self._alone(job)]

    def probe(self) -> Answer:
        """The answer to the logged example."""
        example = self._plan.example() if self._runtime is not None else None
        if example is None:
            return frames.DONE, b"", json.dumps({"probed": None, "rows": 0}).encode()
        form, payload, params, name = example
        asked = Asked(form, params=params)
        try:
            job = Job(None, 0, 0.0, asked, self._needed().inputs.read(asked, payload))
        except (BadInput, NotSupported) as error:
            return refusal(error)
        (answer,) = self.answers([job])
        if answer[0] != frames.DONE:
            return answer
        rows = json.loads(answer[2])
        return (
            frames.DONE,
            b"",
            json.dumps({"probed": name, "rows": len(rows) if isinstance(rows, list) else 1}).encode(),
        )

    def description(self) -> Answer:
        facts = {
            "pid": os.getpid(),
            "python": platform.python_version(),
            "has_signature": self._signature.known,
            "runtime": self._said(),
            "direct": self._runtime is not None and not isinstance(self._runtime, Pyfunc),
            "batching": self.batching,
            "asked": self._asked,
            "predicted": self._predicted,
        }
        return frames.DONE, b"", json.dumps(facts).encode()

    def stop(self, connection: Any, frame: frames.Frame) -> None:
        """Nobody wants more of an answer in pieces."""
        self._open.end(connection, frame.header.decode())

    def leave(self, connection: Any) -> None:
        """Nobody wants more of any answer that was asked over the connection."""
        self._open.leave(connection)

    def _further(self, connection: Any, frame: frames.Frame) -> Job:
        pieces = self._open.find(connection, frame.header.decode())
        if pieces is None:
            raise PredictionFailed("The answer broke off: the model's process was replaced meanwhile; ask again")
        return Job(connection, frame.number, frame.deadline, pieces.asked, pieces)

    def _said(self) -> str:
        said = []
        if self._runtime is not None:
            rows = f"up to {self.most_rows} rows together" if self.batching else f"requests one by one: {self._why}"
            said += [self._runtime.name, *filter(None, [self._runtime.note]), rows]
        if self._script is not None:
            said.append("scoring script, " + ("imported once" if self._script.warm else "run for each request"))
        return "; ".join(said)

    def _check_rows(self, value: Any) -> None:
        if 0 < self._plan.row_limit < (rows := _rows(value)):
            raise TooManyRows(f"The request has {rows} rows, over the limit of {self._plan.row_limit}; send fewer")

    def _needed(self) -> Runtime:
        if self._runtime is None:
            raise NotSupported("There is only a scoring script here; ask with its arguments")
        return self._runtime

    def _alone(self, job: Job) -> list[Answer]:
        try:
            return self._together([job])
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a request must not take the replica with it
            return [refusal(error)]

    def _together(self, jobs: Sequence[Job]) -> list[Answer]:
        first = jobs[0]
        self._predicted += 1
        if first.asked.stream:
            return [self._piece(first)]
        if first.asked.form == "scoring":
            predictions = [self._scored(first)]
        else:
            ask = self._needed().explain if first.asked.verb == "explain" else self._needed().predict
            answer = ask(joined([job.value for job in jobs]), first.asked.parameters())
            predictions = split(answer, [job.rows for job in jobs])
        return [self._written(job, prediction) for job, prediction in zip(jobs, predictions)]

    def _piece(self, job: Job) -> Answer:
        """The next one, of a job that began with its request or goes on with what that left open."""
        if isinstance(job.value, Pieces):
            pieces = job.value
        else:
            if self._open.full:
                raise PredictionFailed("Too many answers in pieces are under way here; try again later")
            pieces = Pieces(job.asked, iter(self._needed().stream(job.value, job.asked.parameters())))
            self._open.keep(job.connection, pieces)
        try:
            piece = next(pieces.made)
        except StopIteration:
            answer: Answer = (frames.ENDED, b"", b"")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a request must not take the replica with it
            answer = refusal(error)
        else:
            answer = self._written(job, piece)
        if answer[0] != frames.DONE:
            self._open.end(job.connection, job.asked.stream)
        return answer

    def _scored(self, job: Job) -> Any:
        if self._script is None:
            raise NotSupported("This endpoint has no scoring script")
        return self._script.answer(job.value, job.deadline)

    def _written(self, job: Job, prediction: Any) -> Answer:
        try:
            return (frames.DONE, *outputs.write(prediction, job.asked, self._signature))
        except BadInput as error:
            return refusal(error)
        except (TypeError, ValueError, RecursionError) as error:
            return refusal(PredictionFailed(f"The model's answer cannot be written: {error}"))


def _rows(value: Any) -> int:
    if isinstance(value, dict):
        return max(map(_rows, value.values()), default=0)
    shape = getattr(value, "shape", None)
    if shape is not None:
        return int(shape[0]) if shape else 1
    return len(value) if isinstance(value, list) else 1


def _batching(wanted: str, runtime: Runtime | None) -> tuple[bool, str]:
    if runtime is None or wanted == "off":
        return False, "batching is off"
    if wanted == "on" or runtime.independent:
        return True, ""
    return False, runtime.note or "its rows may depend on each other"


def refusal(error: BaseException) -> Answer:
    """What the caller is told: no traceback, and whose fault it is."""
    if isinstance(error, Exception):
        told = of_model(error)
    else:
        told = PredictionFailed(f"The model ended with {type(error).__name__}")
    codes = {BadInput: frames.INVALID, NotSupported: frames.UNSUPPORTED, TooManyRows: frames.TOO_LARGE}
    return codes.get(type(told), frames.FAILED), b"", str(told)[:MESSAGE_LIMIT].encode("utf-8", "replace")
