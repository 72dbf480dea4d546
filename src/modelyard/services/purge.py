from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from modelyard.domain.artifacts import Blob
from modelyard.domain.deletion import Kept, Selection, Tally
from modelyard.domain.events import Event
from modelyard.domain.jobs import Job
from modelyard.domain.principals import Principal, Resource
from modelyard.kit.clock import now_ms
from modelyard.services import sweeping
from modelyard.services.journal import event
from modelyard.storage import deletion, events, jobs
from modelyard.storage.blobs import Blobs
from modelyard.storage.database import Database, Transaction
from modelyard.storage.pins import Pins
from modelyard.storage.pipeline_leftovers import Leftovers
from modelyard.storage.trash import Chosen, Thing, Trash

BATCH = 200
"""Things in one transaction."""

ROWS = 1000
"""Files or chunks in one transaction."""

BLOBS = 100
"""Blobs between two looks at what refers to them."""

MARKING, ERASING, SWEEPING, DONE = "marking", "erasing", "sweeping", "done"


class Purge:
    """One job of deleting for good: takes things out of sight, erases them, then removes contents nobody refers to.

    Every transaction says in the job's row how far it has come, so that after a crash `run` goes on from there.
    """

    def __init__(self, database: Database, blobs: Blobs, job: Job) -> None:
        self._database = database
        self._blobs = blobs
        self._job = job
        self._principal = Principal(job.user, job.workspace_id)
        spec = job.spec
        self._trash = Trash(
            job.workspace_id, Selection(spec["before"], tuple(spec["experiment_ids"]), tuple(spec["run_ids"]))
        )
        progress = job.progress
        self._phase = str(progress.get("phase", MARKING))
        self._total = int(progress.get("total", 0))
        self._done = int(progress.get("done", 0))
        self._tally = Tally.of(progress.get("tally", {}))

    async def run(self) -> None:
        """Until nothing is left to do. Raises what the database or the store cannot do, in their words."""
        if self._phase == MARKING:
            await self._mark()
            await self._enter(ERASING)
        if self._phase == ERASING:
            await self._erase()
            await self._enter(SWEEPING)
        if self._phase == SWEEPING:
            await self._finish_removing()
            await self._sweep()
            await self._enter(DONE)

    async def _mark(self) -> None:
        # What was kept before a crash is found, and kept, once more.
        self._tally = replace(self._tally, kept=(), kept_count=0)
        pins = Pins(self._job.workspace_id)
        await self._database.read(pins.catch_up)
        if not self._total:
            self._total = max(1, await self._database.read(self._trash.count))
        for choose in (self._trash.chosen_runs, self._trash.chosen_models):
            after: int | None = 0
            while after is not None:
                start = after
                found = await self._database.read(
                    lambda transaction, start=start, choose=choose: choose(transaction, pins, start, BATCH)  # type: ignore[misc]
                )
                only = [one.pk for one in found.going]
                if only or found.kept:
                    await self._condemn(
                        pins,
                        lambda transaction, only=only, choose=choose: choose(transaction, pins, 0, BATCH, only),  # type: ignore[misc]
                        found.kept,
                    )
                after = found.last
        after = 0
        while after is not None:
            start = after
            chosen = await self._condemn(
                pins,
                lambda transaction, start=start: self._trash.chosen_experiments(transaction, pins, start, BATCH, {}),  # type: ignore[misc]
            )
            after = chosen.last

    async def _condemn(self, pins: Pins, choose: Callable[[Transaction], Chosen], kept: Sequence[Kept] = ()) -> Chosen:
        """Takes what is chosen out of everybody's sight, unless something has begun to point to it."""

        def work(transaction: Transaction) -> tuple[Chosen, Tally]:
            pins.catch_up(transaction)
            chosen = choose(transaction)
            self._trash.condemn(transaction, chosen.going)
            events.record(transaction, *(self._erased(one) for one in chosen.going))
            tally = self._tally.plus(**_counts(chosen.going)).keeping([*kept, *chosen.kept])
            self._save(transaction, tally)
            return chosen, tally

        chosen, self._tally = await self._database.write(work)
        return chosen

    async def _erase(self) -> None:
        for kind in ("run", "logged_model", "experiment"):
            while things := await self._database.read(
                lambda transaction, kind=kind: self._trash.condemned(transaction, kind, BATCH)  # type: ignore[misc]
            ):
                while await self._erase_some(things):
                    pass
        await self._erase_leftovers()

    async def _erase_some(self, things: Sequence[Thing]) -> bool:
        """Whether there may be more of these."""
        roots = [one.root for one in things if one.root]
        run_pks = [one.pk for one in things if one.kind == "run"]

        def work(transaction: Transaction) -> tuple[bool, Tally, int]:
            erased = deletion.erase_files(transaction, self._job.workspace_id, roots, ROWS)
            tally = self._tally.plus(files=erased)
            more = erased > 0 or (bool(run_pks) and deletion.erase_points(transaction, run_pks, ROWS) > 0)
            done = self._done
            if not more:
                deletion.erase_rows(transaction, things)
                done += len(things)
            self._save(transaction, tally, done=done)
            return more, tally, done

        more, self._tally, self._done = await self._database.write(work)
        return more

    async def _erase_leftovers(self) -> None:
        """Files of deleted runs of pipelines, of whatever selection: nobody can bring those runs back."""
        pins = Pins(self._job.workspace_id)
        leftovers, last, more = Leftovers(self._job.workspace_id, pins), "", True
        while more:
            folders, last = await self._database.read(
                lambda transaction, after=last: leftovers.folders(transaction, after, BATCH)  # type: ignore[misc]
            )
            for folder in folders:
                await self._erase_leftover(leftovers, pins, folder)
            more = bool(last)

    async def _erase_leftover(self, leftovers: Leftovers, pins: Pins, folder: str) -> None:
        after, more = "", True

        def work(transaction: Transaction) -> tuple[Tally, str]:
            pins.catch_up(transaction)
            going, last = leftovers.files(transaction, folder, after, ROWS)
            leftovers.erase(transaction, going)
            tally = self._tally.plus(files=len(going))
            self._save(transaction, tally)
            return tally, last

        while more:
            self._tally, after = await self._database.write(work)
            more = bool(after)

    async def _sweep(self) -> None:
        await self._blobs.sweep(sweeping.ABANDONED_AFTER)
        async for share, found in sweeping.unused(self._database, self._blobs):
            for start in range(0, len(found), BLOBS):
                await self._remove(found[start : start + BLOBS], share)

    async def _remove(self, blobs: Sequence[Blob], share: float) -> None:
        with self._blobs.claims.removing(blobs) as free:
            digests = [blob.digest for blob in free]
            used = await self._database.read(lambda transaction: deletion.referenced(transaction, digests))
            going = [blob for blob in free if blob.digest not in used]
            if going:
                await self._note(self._tally, share, going)
                await self._blobs.remove(going)
                await self._note(self._tally.plus(blobs=len(going), bytes=sum(blob.size for blob in going)), share)

    async def _finish_removing(self) -> None:
        """Blobs that were being removed at the crash: some may be gone, and count as well."""
        pending = [Blob(digest, size) for digest, size in self._job.progress.get("removing", ())]
        if pending:
            await self._remove(pending, 0.0)

    async def _note(self, tally: Tally, share: float, removing: Sequence[Blob] = ()) -> None:
        await self._database.write(lambda transaction: self._save(transaction, tally, share=share, removing=removing))
        self._tally = tally

    async def _enter(self, phase: str) -> None:
        self._phase = phase
        await self._database.write(lambda transaction: self._save(transaction, self._tally))

    def _save(
        self,
        transaction: Transaction,
        tally: Tally,
        *,
        done: int | None = None,
        share: float = 0.0,
        removing: Sequence[Blob] = (),
    ) -> None:
        progress: dict[str, Any] = {
            "phase": self._phase,
            "done": self._done if done is None else done,
            "total": self._total,
            "share": round(share, 3),
            "tally": tally.document(),
        }
        if removing:
            progress["removing"] = [(blob.digest, blob.size) for blob in removing]
        jobs.advance(transaction, self._job.id, progress, now_ms())

    def _erased(self, thing: Thing) -> Event:
        subject = Resource(thing.kind, thing.id)
        return event(self._principal, f"{thing.kind}.erased", subject, name=thing.label, job=self._job.id)


def _counts(things: Sequence[Thing]) -> dict[str, int]:
    return {f"{kind}s": sum(one.kind == kind for one in things) for kind in ("experiment", "run", "logged_model")}
