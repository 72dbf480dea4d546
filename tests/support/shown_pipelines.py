"""Pipelines with something to look at. The kfp SDK takes the source of components from here."""

# ruff: noqa: PLC0415, PTH110, PTH123

from kfp import dsl

NASTY = "<img src=x onerror=alert(1)>\"'`{{7*7}}"


@dsl.component(base_image="python:3.11")
def prepare(rows: int, rides: dsl.Output[dsl.Dataset]) -> int:
    print(f"preparing {rows} rows")
    with open(rides.path, "w") as stream:
        stream.write("distance,minutes\n" + "".join(f"{at},{2 * at}\n" for at in range(rows)))
    rides.metadata["rows"] = rows
    return rows


@dsl.component(base_image="python:3.11")
def train(depth: int, rides: dsl.Input[dsl.Dataset], quality: dsl.Output[dsl.Metrics]) -> float:
    with open(rides.path) as stream:
        print(f"depth {depth}, {len(stream.readlines())} lines")
    quality.log_metric("mae", 10 / depth)
    return 10 / depth


@dsl.component(base_image="python:3.11")
def evaluate(
    rides: dsl.Input[dsl.Dataset],
    classes: dsl.Output[dsl.ClassificationMetrics],
    page: dsl.Output[dsl.HTML],
    note: dsl.Output[dsl.Markdown],
) -> bool:
    classes.log_confusion_matrix(["short", "long"], [[90, 10], [5, 95]])
    classes.log_roc_curve([0.0, 0.1, 0.4, 1.0], [0.0, 0.7, 0.95, 1.0], [1.0, 0.8, 0.3, 0.0])
    with open(page.path, "w") as stream:
        stream.write("<h1>Report</h1><script>document.body.dataset.ran = 'yes'</script>")
    with open(note.path, "w") as stream:
        stream.write("# Findings\n\nIt is **good**, <img src=x onerror=alert(1)> and all.")
    return True


@dsl.component(base_image="python:3.11")
def say(text: str) -> str:
    print(text)
    return text


@dsl.component(base_image="python:3.11")
def until_there(path: str) -> str:
    import os

    print("looking for the file")
    if not os.path.exists(path):
        raise FileNotFoundError(f"there is no {path}")
    return path


@dsl.component(base_image="python:3.11")
def linger(path: str) -> str:
    import os
    import time

    print("the first line", flush=True)
    while not os.path.exists(path):
        time.sleep(0.05)
    print("the last line", flush=True)
    return "done"


@dsl.pipeline(name="training", description="Prepares rides, trains, and decides")
def training(rows: int = 20, depths: list = [1, 2, 4], note: str = "none") -> None:  # type: ignore[type-arg]  # noqa: B006
    with dsl.ExitHandler(say(text="over")):
        rides = prepare(rows=rows)
        with dsl.ParallelFor(depths, parallelism=2) as depth:
            train(depth=depth, rides=rides.outputs["rides"])
        good = evaluate(rides=rides.outputs["rides"])
        with dsl.If(good.outputs["Output"] == True):  # noqa: E712
            say(text=note)
        with dsl.Else():
            say(text="bad")


@dsl.pipeline(name="looking")
def looking(path: str) -> str:
    ready = say(text="ready")
    return until_there(path=path).after(ready).set_caching_options(False).output


@dsl.pipeline(name="lingering")
def lingering(path: str) -> str:
    return linger(path=path).set_caching_options(False).output


@dsl.pipeline(name="nasty", description=NASTY)
def nasty(text: str = NASTY) -> None:
    say(text=text).set_display_name(NASTY)


@dsl.component(base_image="python:3.11")
def tell_time() -> None:
    import time
    from datetime import datetime, timezone

    for word in ("first", "second"):
        print(datetime.now(timezone.utc).isoformat(), f"the {word} line", flush=True)  # noqa: UP017
        time.sleep(0.2)


@dsl.pipeline(name="stamped")
def stamped() -> None:
    tell_time().set_caching_options(False)
