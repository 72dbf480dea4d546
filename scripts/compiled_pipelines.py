"""Runs compiled pipelines on a server, and says what became of each: `scripts.compiled_pipelines URL DIRECTORY`.

It is meant for `test_data/sdk_compiled_pipelines/valid` of kubeflow/pipelines. Start the server with
`--final-status complete` and, in its data directory, the secrets of `test_data/kubernetes/secrets` and an empty
`volumes/my-pvc`. What sleeps for minutes comes with `--all` only. Ends with 1 when something has become of a pipeline
that is not expected.
"""

import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

SECONDS = 1500
AT_ONCE = 3
ENDED = ("SUCCEEDED", "FAILED", "CANCELED")
OTHERWISE = {
    "fails, or is refused, by design": (
        "component_with_task_final_status_GH-12033 fail_v2 pipeline_with_exit_handler"
        " pipeline_with_multiple_exit_handlers local_execution_pipeline_with_ignore_upstream_failure"
        " pipeline_as_exit_task pipeline_with_task_final_status"
        " pipeline_with_task_using_ignore_upstream_failure"
    ),
    "lacks what it checks, or an artifact that nobody can give": (
        "create_pod_metadata_complex component_with_metadata_fields input_artifact pipeline_with_metadata_fields"
    ),
    "needs an image": (
        "container_io container_with_artifact_output container_with_concat_placeholder container_with_if_placeholder"
        " container_with_placeholder_in_fstring containerized_python_component modelcar"
        " pipeline_with_concat_placeholder"
        " pipeline_with_condition_dynamic_task_output_custom_training_job"
        " pipeline_with_dynamic_task_output_custom_training_job pipeline_with_importer_and_gcpc_types"
        " pipeline_with_various_io_types"
    ),
    "needs a cluster, a bucket or a network": (
        "pipeline_with_artifact_upload_download ray_integration_compiled pipeline_with_google_artifact_type"
        " pipeline_with_importer pythonic_artifact_with_single_return sequential_v2 two_step_pipeline"
        " upload_download_compiled xgboost_sample_pipeline"
    ),
}
REASONS = {name: reason for reason, names in OTHERWISE.items() for name in names.split()}
SLEEPERS = ("long-running", "take_nap", "log_streaming")
BY_TYPE: Mapping[str, Any] = {
    "NUMBER_INTEGER": 5, "NUMBER_DOUBLE": 2.5, "BOOLEAN": True, "LIST": ["a", "b"], "STRUCT": {"a": "b"},
}  # fmt: skip


def main() -> None:
    """Prints a line for each, and how many there were of each kind."""
    url, folder = sys.argv[1], Path(sys.argv[2])
    files = sorted(file for file in folder.rglob("*") if file.suffix in (".yaml", ".zip", ".json"))
    if "--all" not in sys.argv:
        files = [file for file in files if not file.name.startswith(SLEEPERS)]
    found: Counter[str] = Counter()
    with warnings.catch_warnings(), ThreadPoolExecutor(AT_ONCE) as pool:
        warnings.simplefilter("ignore")
        from kfp import Client  # noqa: PLC0415 - of whose import it warns

        client = Client(host=url)
        for file, (state, why) in zip(files, pool.map(lambda one: ended(client, one), files), strict=True):
            word = verdict(file, state)
            found[word] += 1
            print(f"{word:30.30} {state:10} {file.relative_to(folder)} {why[:120]!r}", flush=True)
    for word, count in found.most_common():
        print(f"{count:4} {word}")
    sys.exit(found["NOT EXPECTED"] > 0)


def verdict(file: Path, state: str) -> str:
    """Why it did not succeed, when it was not to."""
    if state == "SUCCEEDED":
        return "succeeded"
    return REASONS.get(file.stem, "NOT EXPECTED")


def ended(client: Any, file: Path) -> tuple[str, str]:
    """The state of a run of it, and what it says of that."""
    with tempfile.TemporaryDirectory() as folder:
        package = file
        if file.suffix == ".json":  # which the SDK does not take
            package = Path(folder, "pipeline.yaml")
            package.write_bytes(file.read_bytes())
        try:
            arguments = arguments_of(file, Path(folder))
            run = client.create_run_from_pipeline_package(str(package), arguments=arguments)
        except Exception as error:  # noqa: BLE001 - whatever the SDK says
            return "REFUSED", str(getattr(error, "body", error))
        until = time.monotonic() + SECONDS
        while (found := client.get_run(run.run_id)).state not in ENDED:
            if time.monotonic() > until:
                return "UNDER WAY", ""
            time.sleep(1)
        return found.state, found.error.message if found.error else ""


def arguments_of(file: Path, folder: Path) -> dict[str, Any]:
    """Values for what must have one."""
    named = {"env_var": "PATH", "pvc_name": "my-pvc", "counter_path": str(folder / "counter")}
    spec: dict[str, Any] = {}
    for document in yaml.safe_load_all(text_of(file)):
        spec |= document or {}
    inputs = spec["root"].get("inputDefinitions", {}).get("parameters", {})
    return {
        name: named.get(name, BY_TYPE.get(one.get("parameterType"), "text"))
        for name, one in inputs.items()
        if "defaultValue" not in one and not one.get("isOptional")
    }


def text_of(file: Path) -> bytes:
    """The pipeline itself."""
    if file.suffix != ".zip":
        return file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        return archive.read(archive.namelist()[0])


if __name__ == "__main__":
    main()
