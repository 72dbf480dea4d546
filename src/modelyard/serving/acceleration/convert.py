"""A program: converts a model to ONNX and compares the two. It runs as a child, with the model's Python.

    python convert.py --model DIR --output DIR

It always leaves a verdict, and a graph beside it when the graph may be used. It needs nothing of ours.
"""
# ruff: noqa: PLC0415 - what the environment may lack is imported where a failure can be told

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path
from typing import Any, NamedTuple

TOLERANCE = 2e-6  # of an answer's own size: what is left of it in 32 bits
SLOWEST = 2e-3  # seconds that one request may hold up others
WHOLE = {"integer", "long"}
NUMBERS = {"double", "float", *WHOLE}
SEED = 20
TIES = 6  # digits to which two scores count as equal
MANY = 128


class Refused(Exception):
    """Why the model stays as it is."""


class Inputs(NamedTuple):
    columns: tuple[str, ...]
    whole: tuple[int, ...]
    width: int


class Outcome(NamedTuple):
    """A graph that agrees with the model, and how well."""

    graph: bytes
    session: Any
    place: int
    classes: tuple[Any, ...]
    precision: str
    difference: float


def convert(directory: Path) -> tuple[dict[str, Any], bytes]:
    """The verdict and the graph. Raises Refused."""
    import mlflow

    pyfunc = mlflow.pyfunc.load_model(str(directory))
    estimator = estimator_of(pyfunc)
    inputs = inputs_of(pyfunc.metadata, estimator)
    samples = sample_rows(pyfunc, estimator, inputs)
    answers = original(pyfunc, samples, inputs)
    outcome = first_that_agrees(estimator, inputs, samples, answers)
    micros, most_rows = cost(outcome, samples)
    if most_rows < 1:
        raise Refused(f"the converted model takes {micros:.0f} µs for one row, which would hold up others")
    return {
        "accepted": True,
        "reason": "",
        **inputs._asdict(),
        "precision": outcome.precision,
        "place": outcome.place,
        "classes": outcome.classes,
        **told(pyfunc.metadata, answers),
        "flat": answers.ndim == 1,
        "checked": len(samples),
        "difference": outcome.difference,
        "most_rows": most_rows,
        "micros": micros,
    }, outcome.graph


def estimator_of(pyfunc: Any) -> Any:
    loader = pyfunc.metadata.flavors.get("python_function", {}).get("loader_module")
    if loader == "mlflow.lightgbm":
        raise Refused("LightGBM compares numbers in 64 bits, which ONNX's trees cannot")
    if loader not in {"mlflow.sklearn", "mlflow.xgboost"}:
        raise Refused("only models of scikit-learn and XGBoost can be converted")
    if pyfunc.metadata.get_params_schema() is not None:
        raise Refused("the model takes parameters")
    estimator = pyfunc.get_raw_model()
    missing = getattr(estimator, "missing", None)
    if boosted(estimator) is not None and missing is not None and missing == missing:  # noqa: PLR0124 - NaN is not
        raise Refused(f"the model takes {missing} for a value that is missing")
    return estimator


def boosted(estimator: Any) -> Any:
    """The booster in a model of XGBoost; None for others."""
    if not type(estimator).__module__.startswith("xgboost."):
        return None
    return estimator.get_booster() if hasattr(estimator, "get_booster") else estimator


def inputs_of(metadata: Any, estimator: Any) -> Inputs:
    schema = metadata.get_input_schema()
    if schema is None:
        raise Refused("the model has no signature")
    entries = schema.to_dict()
    if entries[0]["type"] == "tensor":
        spec = entries[0].get("tensor-spec", {})
        booster = boosted(estimator)
        width = int(getattr(estimator, "n_features_in_", 0) if booster is None else booster.num_features())
        if len(entries) > 1 or entries[0].get("name") or len(spec.get("shape", ())) != 2 or width < 1:
            raise Refused("the model takes more than one table of numbers")
        if not str(spec["dtype"]).startswith("float"):
            raise Refused(f"the model takes {spec['dtype']}, not floating-point numbers")
        return Inputs((), (), width)
    for entry in entries:
        if entry["type"] not in NUMBERS or not entry.get("required", True):
            raise Refused(f"column '{entry.get('name')}' is not plainly a number")
    names = tuple(str(entry["name"]) for entry in entries if entry.get("name") is not None)
    if len(names) != len(entries):
        raise Refused("the model's columns have no names")
    whole = tuple(place for place, entry in enumerate(entries) if entry["type"] in WHOLE)
    return Inputs(names, whole, len(entries))


def sample_rows(pyfunc: Any, estimator: Any, inputs: Inputs) -> Any:
    """The logged example, rows around it near and far, and rows on and beside the thresholds of trees."""
    import numpy as np

    random = np.random.default_rng(SEED)
    example = example_rows(pyfunc, inputs)
    middle, spread = example.mean(axis=0), example.std(axis=0)
    spread = np.where(spread > 0, spread, np.maximum(np.abs(middle), 1.0))
    parts = [example, random.normal(middle, 2 * spread, (400, inputs.width))]
    parts.append(random.normal(middle, 20 * spread, (200, inputs.width)))
    thresholds = thresholds_of(estimator)
    if len(thresholds):
        on = random.choice(thresholds, (300, inputs.width))
        parts += [on, on * (1 + random.choice([-1e-7, 1e-7], on.shape)), on.astype("float32").astype("float64")]
    rows = np.vstack(parts)
    rows[:, list(inputs.whole)] = np.round(rows[:, list(inputs.whole)])
    return rows


def example_rows(pyfunc: Any, inputs: Inputs) -> Any:
    import numpy as np

    example = pyfunc.input_example
    if example is None:
        return np.zeros((1, inputs.width))
    rows = np.asarray(example[list(inputs.columns)] if inputs.columns else example, dtype="float64")
    return np.where(np.isfinite(rows), rows, 0.0).reshape(-1, inputs.width)[:500]


def thresholds_of(estimator: Any) -> Any:
    import numpy as np

    booster = boosted(estimator)
    if booster is not None:
        return np.unique(booster.trees_to_dataframe()["Split"].dropna())
    found = [np.empty(0)]
    waiting = [estimator]
    while waiting:
        at = waiting.pop()
        if hasattr(at, "tree_"):
            found.append(at.tree_.threshold[at.tree_.children_left >= 0])
        inner = getattr(at, "estimators_", None)
        waiting += list(np.ravel(np.asarray(inner, dtype=object))) if inner is not None else []
        waiting += [step for _, step in getattr(at, "steps", ())]
    return np.unique(np.concatenate(found))


def original(pyfunc: Any, rows: Any, inputs: Inputs) -> Any:
    import numpy as np
    import pandas as pd

    frame = rows
    if inputs.columns:
        frame = pd.DataFrame(rows, columns=list(inputs.columns))
        types = pyfunc.metadata.get_input_schema().numpy_types()
        frame = frame.astype(dict(zip(inputs.columns, types)))  # noqa: B905 - equally long, and Python 3.9 has no strict
    answers = np.asarray(pyfunc.predict(frame))
    if len(answers) != len(rows) or answers.ndim > 2 or answers.dtype.kind not in "iufUO":
        raise Refused("the model's answers are not one row of numbers or labels for each row")
    return answers


def first_that_agrees(estimator: Any, inputs: Inputs, rows: Any, answers: Any) -> Outcome:
    complaint = "it has no form in ONNX"
    for precision in ("float64", "float32"):
        try:
            graph = graph_of(estimator, inputs.width, precision)
            session = session_of(graph)
            given = session.run(None, {session.get_inputs()[0].name: rows.astype(precision)})
        except Exception as error:  # noqa: BLE001 - converters raise whatever they like
            complaint = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        for place, got in enumerate(given):
            for classes in ((), classes_of(estimator)):
                difference = compare(likeliest(got, classes), answers)
                if difference is not None:
                    return Outcome(graph, session, place, classes, precision, difference)
        complaint = f"in {precision} it does not answer as the original does"
    raise Refused(f"the model cannot be converted: {complaint}")


def classes_of(estimator: Any) -> tuple[Any, ...]:
    known: Any = getattr(estimator, "classes_", None)
    return tuple(known.tolist()) if getattr(known, "ndim", 0) == 1 else ()


def likeliest(scores: Any, classes: tuple[Any, ...]) -> Any:
    """The class of the highest score, the first of equals: graphs break the ties of forests otherwise."""
    import numpy as np

    if not classes or scores.ndim != 2 or scores.shape[1] != len(classes) or scores.dtype.kind != "f":
        return scores
    return np.asarray(classes)[np.round(scores, TIES).argmax(axis=1)]


def graph_of(estimator: Any, width: int, precision: str) -> bytes:
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    if boosted(estimator) is not None:
        return boosted_graph(estimator, width, precision)
    kind = DoubleTensorType if precision == "float64" else FloatTensorType
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    options = {id(last): {"zipmap": False}} if hasattr(last, "classes_") else None
    graph = convert_sklearn(estimator, initial_types=[("rows", kind([None, width]))], options=options)
    return bytes(graph.SerializeToString())


def boosted_graph(estimator: Any, width: int, precision: str) -> bytes:
    from onnxmltools import convert_xgboost
    from onnxmltools.convert.common.data_types import FloatTensorType

    if precision != "float32":
        raise Refused("XGBoost compares numbers in 32 bits")
    boosted(estimator).feature_names = None  # the converter knows columns by their places only
    graph = convert_xgboost(estimator, initial_types=[("rows", FloatTensorType([None, width]))])
    return bytes(graph.SerializeToString())


def session_of(graph: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def compare(got: Any, answers: Any) -> float | None:
    """The largest difference relative to an answer's size; None when they do not agree."""
    import numpy as np

    if answers.dtype.kind in "iu" and got.dtype.kind == "f":
        return None
    if got.size != answers.size:
        return None
    got = got.reshape(answers.shape)
    if answers.dtype.kind != "f":
        return 0.0 if bool((got == answers).all()) else None
    if got.dtype.kind != "f" or not np.isfinite(got).all():
        return None
    scale = np.abs(answers) + np.median(np.abs(answers))
    difference = np.abs(got - answers) / np.where(scale > 0, scale, 1.0)
    largest = float(difference.max())
    return largest if largest <= TOLERANCE else None


def cost(outcome: Outcome, rows: Any) -> tuple[float, int]:
    """Microseconds for one row, and how many rows fit into the time that one request may take."""

    def best(count: int) -> float:
        fed = {outcome.session.get_inputs()[0].name: rows[:count].astype(outcome.precision)}
        wanted = [outcome.session.get_outputs()[outcome.place].name]
        times = []
        for _ in range(20):
            began = time.perf_counter()
            outcome.session.run(wanted, fed)
            times.append(time.perf_counter() - began)
        return min(times)

    many = min(MANY, len(rows))
    one, several = best(1), best(many)
    each = max((several - one) / (many - 1), 1e-8)
    return one * 1e6, int(min((SLOWEST - one) / each, 4096)) + 1 if one < SLOWEST else 0


def told(metadata: Any, answers: Any) -> dict[str, str]:
    """Name and type of the output tensor, as a replica tells them."""
    schema = metadata.get_output_schema()
    names = [entry.get("name") for entry in schema.to_dict()] if schema is not None else []
    bits = answers.dtype.itemsize * 8
    types = {"i": f"INT{bits}", "u": f"UINT{bits}", "f": f"FP{bits}"}
    name = names[0] if len(names) == 1 and names[0] else "output-0"
    return {"output": name, "datatype": types.get(answers.dtype.kind, "BYTES")}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--output", required=True, type=Path)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    try:
        verdict, graph = convert(arguments.model)
        (arguments.output / "model.onnx").write_bytes(graph)
    except Refused as refusal:
        verdict = {"accepted": False, "reason": str(refusal)}
    except ModuleNotFoundError as error:
        verdict = {"accepted": False, "reason": f"the model's environment has no module '{error.name}'"}
    except Exception as error:  # noqa: BLE001 - model code may raise anything
        verdict = {"accepted": False, "reason": f"{type(error).__name__}: {str(error)[:300]}"}
    partial = arguments.output / "verdict.json.part"
    partial.write_text(json.dumps(verdict), "utf-8")
    partial.replace(arguments.output / "verdict.json")


if __name__ == "__main__":
    main()
