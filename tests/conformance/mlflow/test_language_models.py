"""What the client does about traces and prompts in passing must not break ordinary work."""

import mlflow
import pytest


def test_traces_are_looked_for_and_none_are_found(client: mlflow.MlflowClient, experiment: str) -> None:
    assert client.search_traces(locations=[experiment]) == []
    assert mlflow.search_traces(locations=[experiment]).empty


@pytest.mark.filterwarnings("ignore")
def test_a_traced_function_runs_although_its_traces_are_lost(client: mlflow.MlflowClient, experiment: str) -> None:
    traced = mlflow.trace(lambda number: number + 1)
    with mlflow.start_run(experiment_id=experiment) as run:
        assert traced(1) == 2
    mlflow.flush_trace_async_logging(terminate=True)
    assert client.get_run(run.info.run_id).info.status == "FINISHED"


def test_a_prompt_is_registered_changed_and_loaded(client: mlflow.MlflowClient, name: str) -> None:
    client.register_prompt(name, "Hello {{name}}", tags={"team": "a"})
    client.register_prompt(name, "Hi {{name}}")
    client.set_prompt_alias(name, "live", 1)
    assert client.load_prompt(f"prompts:/{name}@live").format(name="you") == "Hello you"
    assert client.load_prompt(f"prompts:/{name}@latest").template == "Hi {{name}}"
    assert [prompt.name for prompt in client.search_prompts(f"name = '{name}'")] == [name]
    assert client.search_registered_models(f"name = '{name}'") == []
    for version in ("1", "2"):
        client.delete_prompt_version(name, version)
    client.delete_prompt(name)
    assert client.get_prompt(name) is None
