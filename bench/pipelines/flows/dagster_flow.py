"""`dagster_flow.py chain|fan STEPS`: no-op ops with Dagster's default executor, a process each."""

import os
import sys
import tempfile

from dagster import DagsterInstance, JobDefinition, execute_job, job, op, reconstructable


@op
def first() -> int:
    return 1


@op
def following(number: int) -> int:
    return number


def build(shape: str, steps: int) -> JobDefinition:
    @job
    def noop() -> None:
        begun = first()
        last = begun
        for number in range(steps - 1):
            told = following.alias(f"step{number}")(last)
            last = told if shape == "chain" else begun

    return noop


def noop() -> JobDefinition:
    """Called again in each step's process."""
    shape, steps = os.environ["NOOP"].split()  # noqa: TID251 - how it is told
    return build(shape, int(steps))


def main(shape: str, steps: int) -> None:
    os.environ["NOOP"] = f"{shape} {steps}"  # noqa: TID251
    with tempfile.TemporaryDirectory() as home, DagsterInstance.local_temp(home) as instance:
        config = {"execution": {"config": {"multiprocess": {"max_concurrent": 4}}}}
        execute_job(reconstructable(noop), instance=instance, run_config=config, raise_on_error=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
