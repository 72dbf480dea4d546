"""The same runs in both stores, kept from one benchmark to the next."""

import subprocess
import sys
from pathlib import Path

from bench import peers

EXPERIMENT = "1"
_ROOT = Path(__file__).parents[2]


def filled(home: Path, runs: int) -> Path:
    """A directory with MLflow's database of so many runs, and our data directory that they were imported into."""
    directory = home.absolute() / f"ui-{runs}"
    done = directory / "filled"
    if done.exists():
        return directory
    directory.mkdir(parents=True, exist_ok=True)
    database = directory / "mlflow.db"
    database.unlink(missing_ok=True)
    print(f"filling both stores with {runs:,} runs", file=sys.stderr, flush=True)
    python = Path(peers.program(peers.MLFLOW)).with_name("python")
    fill = [str(python), "-m", "bench.ui.fill_mlflow", str(database), str(runs)]
    subprocess.run(fill, check=True, stdout=sys.stderr, cwd=_ROOT)
    bring = [sys.executable, "-m", "modelyard", "import", "mlflow", f"sqlite:///{database}"]
    subprocess.run([*bring, "--data-dir", str(directory / "data")], check=True, stdout=sys.stderr)
    done.touch()
    return directory
