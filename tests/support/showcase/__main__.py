"""Fills a server as two teams would have, with the stock clients: `python -m tests.support.showcase URL`.

In a process of its own: these clients keep in globals which server they talk to, and warn of much. Prints what it made.
"""

import json
import os
import sys

from mlflow import MlflowClient

from tests.support.showcase import bank, pipelines, rides


def main(url: str) -> None:
    os.environ["MLFLOW_TRACKING_URI"] = url
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    client = MlflowClient(url)
    tracked = rides.track(client)
    rides.register(client, tracked)
    rides.serve(url)
    made = {
        "rides": tracked.experiment,
        "best": tracked.runs[0],
        "second": tracked.runs[1],
        "third": tracked.runs[2],
        "churn": bank.track(client),
        "pipeline_run": pipelines.run(url),
    }
    print(json.dumps(made))


if __name__ == "__main__":
    main(sys.argv[1])
