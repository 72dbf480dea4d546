"""A small file store as MLflow writes it, for tests that change or damage it."""

from pathlib import Path

import yaml


def store(root: Path, experiments: dict[str, str], runs: int = 2) -> Path:
    """Experiments by id and name, with runs `{id}r{n}` that have a metric, a param and a file each."""
    for experiment_id, name in experiments.items():
        folder = root / experiment_id
        about = {"experiment_id": experiment_id, "name": name, "artifact_location": f"file://{folder}"}
        meta(folder, **about, creation_time=1, last_update_time=2, lifecycle_stage="active")
        for number in range(runs):
            run(folder, f"{experiment_id}r{number}")
    return root


def run(experiment: Path, run_id: str, artifacts: str = "") -> Path:
    folder = experiment / run_id
    uri = artifacts or f"file://{folder}/artifacts"
    meta(folder, run_id=run_id, experiment_id=experiment.name, status=3, start_time=5, end_time=9, artifact_uri=uri)
    put(folder / "metrics" / "loss", "".join(f"{1000 + step} {1 / (step + 1)} {step}\n" for step in range(10)))
    put(folder / "params" / "depth", "3")
    put(folder / "artifacts" / "note.txt", run_id)
    return folder


def model(root: Path, name: str, created_at: int, source: str, run_id: str = "") -> None:
    """A registered model with one version."""
    folder = root / "models" / name
    meta(folder, name=name, creation_timestamp=created_at)
    meta(folder / "version-1", name=name, version=1, creation_timestamp=created_at, source=source, run_id=run_id)


def meta(folder: Path, **fields: object) -> None:
    put(folder / "meta.yaml", yaml.safe_dump(fields))


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
