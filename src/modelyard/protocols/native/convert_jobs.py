"""Ours to the wire's, pure."""

from modelyard.domain import deletion, jobs
from modelyard.protocols.native import wire_jobs

_ERASED, _SWEPT = 0.7, 1.0
"""How far a job is when its rows are gone, and when the contents are too."""


def tally(one: deletion.Tally) -> wire_jobs.Tally:
    return wire_jobs.Tally(
        experiments=one.experiments,
        runs=one.runs,
        logged_models=one.logged_models,
        files=one.files,
        blobs=one.blobs,
        bytes=one.bytes,
        kept=[wire_jobs.KeptThing(kept.kind, kept.id, kept.reason) for kept in one.kept],
        kept_count=one.kept_count,
    )


def job(one: jobs.Job) -> wire_jobs.Job:
    return wire_jobs.Job(
        id=one.id,
        kind=one.kind,
        state=one.state,
        phase=str(one.progress.get("phase", "")),
        done=_done(one),
        error=one.error,
        user=one.user,
        created_at=one.created_at,
        updated_at=one.updated_at,
        ended_at=one.ended_at,
        tally=tally(deletion.Tally.of(one.progress.get("tally", {}))),
    )


def _done(one: jobs.Job) -> float:
    if one.state is jobs.JobState.SUCCEEDED:
        return 1.0
    progress = one.progress
    if progress.get("phase") == "sweeping":
        return _ERASED + (_SWEPT - _ERASED) * float(progress["share"])
    return _ERASED * min(1.0, int(progress.get("done", 0)) / max(1, int(progress.get("total", 1))))
