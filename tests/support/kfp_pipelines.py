"""Pipelines as users write them. The kfp SDK takes the source of components from here."""

# ruff: noqa: PLC0415

from kfp import dsl


@dsl.component(base_image="python:3.11")
def add(a: int, b: int) -> int:
    print(f"{a} and {b}")
    return a + b


@dsl.component(base_image="python:3.11")
def keep(text: str, kept: dsl.Output[dsl.Dataset]) -> None:
    with open(kept.path, "w") as stream:  # noqa: PTH123
        stream.write(text)
    kept.metadata["length"] = len(text)


@dsl.component(base_image="python:3.11")
def read(kept: dsl.Input[dsl.Dataset]) -> str:
    with open(kept.path) as stream:  # noqa: PTH123
        return stream.read()


@dsl.component(base_image="python:3.11")
def fail(word: str) -> None:
    raise ValueError(word)


@dsl.component(base_image="python:3.11")
def wait() -> None:
    import time

    print("waiting", flush=True)
    time.sleep(600)


@dsl.pipeline(name="adder", description="Adds two numbers")
def adder(a: int, b: int = 2) -> int:
    return add(a=a, b=b).set_caching_options(False).output


@dsl.pipeline(name="keeper")
def keeper(text: str = "hello") -> str:
    kept = keep(text=text)
    return read(kept=kept.outputs["kept"]).output


@dsl.pipeline(name="failing")
def failing(word: str = "oh no") -> None:
    fail(word=word).set_caching_options(False)


@dsl.pipeline(name="waiting")
def waiting() -> None:
    wait().set_caching_options(False)


@dsl.component(base_image="python:3.11", install_kfp_package=False)
def log_and_wait(go_on: str) -> None:
    import time
    from pathlib import Path

    import mlflow

    with mlflow.start_run(run_name="by the step"):
        mlflow.log_metric("loss", 0.5)
        print("\033[32mfitting\033[0m <img src=x onerror=alert(1)>", flush=True)
        while not Path(go_on).exists():
            time.sleep(0.02)
        print("fitted", flush=True)


@dsl.pipeline(name="logging")
def logging(go_on: str) -> None:
    """Until there is a file `go_on`."""
    log_and_wait(go_on=go_on).set_caching_options(False)
