"""`kfp_flow.py chain|fan STEPS local WAY`, or `… URL`: no-op steps of the Kubeflow Pipelines SDK.

Ways: `bare` leaves out that each step installs the SDK; `installing` is how components are by default; `venv` is how
`kfp.local` is by default, too.
"""

import sys
import time
from collections.abc import Callable

from kfp import dsl, local


@dsl.component(install_kfp_package=False)
def first() -> str:
    return "x"


@dsl.component(install_kfp_package=False)
def following(text: str) -> str:
    return text


@dsl.component
def first_installing() -> str:
    return "x"


@dsl.component
def following_installing(text: str) -> str:
    return text


def main(shape: str, steps: int, where: str, way: str = "installing") -> None:
    begin, go_on = (first, following) if way == "bare" else (first_installing, following_installing)

    @dsl.pipeline(name="noop")
    def noop() -> None:
        task = begin()
        task.set_caching_options(False)
        last = task
        for _ in range(steps - 1):
            following_task = go_on(text=last.output)
            following_task.set_caching_options(False)
            last = following_task if shape == "chain" else task

    if where == "local":
        local.init(local.SubprocessRunner(use_venv=way == "venv"), pipeline_root="outputs")
        noop()
    else:
        _submit(noop, where)


def _submit(pipeline: Callable[..., object], host: str) -> None:
    import kfp  # noqa: PLC0415 - not needed by the peers

    client = kfp.Client(host=host)
    run = client.create_run_from_pipeline_func(pipeline, enable_caching=False)
    while (seen := client.get_run(run.run_id)).state not in {"SUCCEEDED", "FAILED", "CANCELED"}:
        time.sleep(0.1)
    if seen.state != "SUCCEEDED":
        raise SystemExit(f"the run ended as {seen.state}")
    print("WALL", (seen.finished_at - seen.created_at).total_seconds())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
