"""What a step is told of its pod and of its own task, and what importers put into the workspace."""

import json
from pathlib import Path
from typing import Any

from modelyard.domain.pipeline_runs import RunState, TaskState
from modelyard.domain.task_launch import Needs
from tests.support.compiled import IMAGE, compiled, component, dsl
from tests.support.platforms import with_platforms
from tests.support.stage import Given, Stage, step

SUCCEEDED = RunState.SUCCEEDED
WORKSPACE = dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi"))
FIELDS = dsl.TaskConfigField


async def test_a_component_is_told_what_it_passes_through_and_not_given_it(on_stage: Stage) -> None:
    @component(
        task_config_passthroughs=[
            dsl.TaskConfigPassthrough(field=FIELDS.ENV, apply_to_task=True),
            *(field for field in FIELDS if field is not FIELDS.ENV),
        ]
    )
    def tell(place: str, config: dsl.TaskConfig) -> None: ...

    @dsl.pipeline(name="p", pipeline_config=WORKSPACE)
    def pipeline(claim: str = "data", disk: str = "ssd") -> None:
        task = tell(place=dsl.WORKSPACE_PATH_PLACEHOLDER)
        task.set_cpu_limit("100m").set_memory_request("1Gi").set_accelerator_type("nvidia.com/gpu")
        task.set_accelerator_limit(1).set_env_variable("NAME", "value")

    term = {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}
    claim = {"componentInputParameter": "claim"}
    body = with_platforms(
        compiled(pipeline),
        {
            "exec-tell": {
                "nodeSelector": {"labels": {"disk": "ssd"}},
                "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": "3600"}],
                "nodeAffinity": [term, {**term, "weight": 5}],
                "pvcMount": [{"pvcNameParameter": claim, "mountPath": "/data", "subPath": "a"}],
                "secretAsVolume": [{"secretName": "login", "mountPath": "/login"}],
                "configMapAsVolume": [{"configMapName": "site", "mountPath": "/site", "optional": True}],
                "emptyDirMounts": [{"volumeName": "own", "mountPath": "/own"}],
            }
        },
        workspace={"size": "1Gi"},
    )
    detail = await on_stage.ended(await on_stage.submit(body))
    assert detail.run.state is SUCCEEDED
    (launch,) = on_stage.launches
    assert launch.env["NAME"] == "value"
    assert launch.needs == Needs()
    assert [mount.path for mount in launch.mounts] == ["/own"], "which is not passed on"
    run = f"p-{detail.run.id[:8]}"
    assert json.loads(launch.executor_input)["inputs"]["parameterValues"]["config"] == {
        "resources": {"limits": {"cpu": "100m", "nvidia.com/gpu": "1"}, "requests": {"memory": "1Gi"}},
        "env": [{"name": "NAME", "value": "value"}],
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "k", "operator": "Exists", "tolerationSeconds": 3600}],
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]},
                "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "preference": term}],
            }
        },
        "volumes": [
            {"name": "kfp-workspace", "persistentVolumeClaim": {"claimName": f"{run}-kfp-workspace"}},
            {"name": "login", "secret": {"secretName": "login", "optional": False}},
            {"name": "site", "configMap": {"name": "site", "optional": True}},
            {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        ],
        "volumeMounts": [
            {"name": "kfp-workspace", "mountPath": "/kfp-workspace"},
            {"name": "login", "mountPath": "/login"},
            {"name": "site", "mountPath": "/site"},
            {"name": "data", "mountPath": "/data", "subPath": "a"},
        ],
    }


async def test_scheduling_may_come_from_inputs_and_from_none(on_stage: Stage) -> None:
    @component(task_config_passthroughs=[FIELDS.KUBERNETES_NODE_SELECTOR, FIELDS.KUBERNETES_TOLERATIONS])
    def tell(config: dsl.TaskConfig) -> None: ...

    @dsl.pipeline(name="p")
    def pipeline(selector: dict = {"disk": "ssd"}, nothing: list = []) -> None:  # type: ignore[type-arg]  # noqa: B006
        tell().set_caching_options(enable_caching=False)

    config = {
        "nodeSelector": {"nodeSelectorJson": {"componentInputParameter": "selector"}},
        "tolerations": [
            {"tolerationJson": {"componentInputParameter": "nothing"}},
            {"tolerationJson": {"runtimeValue": {"constant": {"key": "k", "tolerationSeconds": 5.0}}}},
        ],
    }
    body = with_platforms(compiled(pipeline), {"exec-tell": config})
    assert (await on_stage.ended(await on_stage.submit(body))).run.state is SUCCEEDED
    told = json.loads(on_stage.launches[0].executor_input)["inputs"]["parameterValues"]["config"]
    assert (told["nodeSelector"], told["tolerations"]) == ({"disk": "ssd"}, [{"key": "k", "tolerationSeconds": 5}])
    assert (told["env"], told["volumes"], told["resources"]) == (None, None, {})


async def test_a_step_hears_of_its_pod_what_a_process_has(on_stage: Stage) -> None:
    @dsl.container_component
    def shell() -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image=IMAGE, command=["sh", "-c", "true"])

    @dsl.pipeline(name="p")
    def pipeline() -> None:
        shell()

    paths = {
        "LABEL": "metadata.labels['team']",
        "NOTE": "metadata.annotations['note']",
        "NONE": "metadata.labels['other']",
        "POD": "metadata.name",
        "STRANGE": "status.qosClass",
    }
    config: dict[str, Any] = {
        "podMetadata": {"labels": {"team": "yard"}, "annotations": {"note": "a 'b'"}},
        "fieldPathAsEnv": [{"name": name, "fieldPath": path} for name, path in paths.items()],
    }
    detail = await on_stage.ended(await on_stage.submit(with_platforms(compiled(pipeline), {"exec-shell": config})))
    assert detail.run.state is SUCCEEDED
    env = on_stage.launches[0].env
    found = {name: env[name] for name in paths}
    pod = f"{step(detail, 'shell').id}.0"
    assert found == {"LABEL": "yard", "NOTE": "a 'b'", "NONE": "", "POD": pod, "STRANGE": ""}
    assert step(detail, "shell").log == "", "nothing was left out"


async def test_an_importer_downloads_to_the_workspace_once_for_all(on_stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "file").write_text("hello")

    @component
    def read(data: dsl.Input[dsl.Dataset]) -> None: ...

    @dsl.pipeline(name="p", pipeline_config=WORKSPACE)
    def pipeline(uri: str) -> None:
        data = dsl.importer(artifact_uri=uri, artifact_class=dsl.Dataset, download_to_workspace=True)
        for _ in range(2):
            read(data=data.output).set_caching_options(enable_caching=False)

    seen = set()

    async def reads(given: Given) -> None:
        seen.add(given.path("inputs", "data"))
        assert (given.path("inputs", "data") / "file").read_text() == "hello"

    on_stage.parts = {"read": reads}
    run = await on_stage.submit(compiled(pipeline), uri=str(tmp_path / "given"))
    assert (await on_stage.ended(run)).run.state is SUCCEEDED
    (place,) = seen
    assert on_stage.folders.workspace(run.id) in place.parents


async def test_a_path_of_a_run_that_is_over_is_not_taken_from_the_cache(on_stage: Stage) -> None:
    @component
    def where(kept: dsl.Output[dsl.Dataset]) -> str:
        return kept.path

    @dsl.pipeline(name="p")
    def pipeline() -> None:
        where()

    async def answers(given: Given) -> None:
        given.put(Output=str(given.path("outputs", "kept")))

    on_stage.parts = {"where": answers}
    for _ in range(2):
        detail = await on_stage.ended(await on_stage.submit(compiled(pipeline)))
        assert step(detail, "where").state is TaskState.SUCCEEDED


async def test_a_step_that_fills_the_workspace_beyond_its_size_fails(on_stage: Stage) -> None:
    @component
    def write(place: str) -> None: ...

    @dsl.pipeline(name="p", pipeline_config=dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="4Ki")))
    def pipeline() -> None:
        write(place=dsl.WORKSPACE_PATH_PLACEHOLDER)

    async def writes(given: Given) -> None:
        (Path(given.parameters["place"]) / "file").write_bytes(bytes(4097))

    on_stage.parts = {"write": writes}
    detail = await on_stage.ended(await on_stage.submit(compiled(pipeline)))
    failure = step(detail, "write").error
    assert failure is not None
    assert failure.message.startswith("The volume 'workspace' of 4,096 bytes has at least 8,192 in it")
    assert failure.message.endswith("Ask for a larger one")
