import os
import warnings
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # When it is first imported, MLflow warns about type hints of its own.
    warnings.simplefilter("ignore")
    import mlflow.pyfunc  # noqa: F401


@pytest.fixture(scope="session")
def taxi_data() -> Path:
    """The folder of real rides."""
    folder = os.environ.get("MODELYARD_TAXI_DATA")
    if not folder:
        pytest.skip("MODELYARD_TAXI_DATA does not name a folder of real rides, yellow_tripdata_*_2019-01 to -06")
    return Path(folder)
