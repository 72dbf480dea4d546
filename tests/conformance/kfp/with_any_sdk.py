"""A program for any version of the SDK since 2.0: compiles one pipeline to a file, or runs it at a server.

It imports nothing of ours, so that it can run where nothing but `kfp` is.
"""

import json
import sys
import warnings

from kfp import Client, compiler, dsl

IF = getattr(dsl, "If", None) or dsl.Condition  # which is what it was called at first
FAILS = 13
PATIENCE = 300


@dsl.component(base_image="python:3.11")
def make(n: int, data: dsl.Output[dsl.Dataset], told: dsl.Output[dsl.Metrics]) -> int:
    with open(data.path, "w") as file:
        file.write(str(n))
    data.metadata["length"] = len(str(n))
    told.log_metric("n", n)
    return 2 * n


@dsl.component(base_image="python:3.11")
def read(data: dsl.Input[dsl.Dataset], wanted: int) -> str:
    with open(data.path) as file:
        found = int(file.read())
    assert (found, data.metadata["length"]) == (wanted, len(str(wanted)))
    return str(found)


@dsl.component(base_image="python:3.11")
def say(text: str) -> str:
    return text


@dsl.component(base_image="python:3.11")
def fail() -> None:
    raise ValueError("meant")


@dsl.pipeline(name="any-sdk")
def pipeline(n: int = 3) -> None:
    """Artifacts, two branches of which one is taken, a loop, and something to do at the end, whatever happened."""
    last = say(text="goodbye")
    with dsl.ExitHandler(last):
        made = make(n=n)
        read(data=made.outputs["data"], wanted=n)
        with IF(made.outputs["Output"] == 6):
            say(text="six")
        with IF(made.outputs["Output"] == 2 * FAILS):
            fail()
        with dsl.ParallelFor(items=["a", "b"]) as item:
            say(text=item).after(made)


def run(url: str, n: int) -> tuple[str, list[tuple[str, str]]]:
    """The state of the run, and names and states of its tasks."""
    client = Client(host=url)
    started = client.create_run_from_pipeline_func(pipeline, arguments={"n": n}, enable_caching=False)
    client.wait_for_run_completion(started.run_id, timeout=PATIENCE, sleep_duration=1)
    ended = client.get_run(started.run_id)
    return ended.state, sorted((task.display_name, task.state) for task in ended.run_details.task_details)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if sys.argv[1] == "compile":
        compiler.Compiler().compile(pipeline, sys.argv[2])
    else:
        ended = {n: run(sys.argv[2], n) for n in (3, FAILS)}
        print(json.dumps(ended))
