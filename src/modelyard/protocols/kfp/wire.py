"""Messages of kubeflow/pipelines backend/api/v2beta1/*.proto as JSON: snake_case, without what is not set.

Numbers of 64 bits are texts in answers; requests may have either. Times are RFC 3339.
"""

from typing import Any

from msgspec import Struct


class Status(Struct, omit_defaults=True):
    """google.rpc.Status."""

    code: int = 0
    message: str = ""


class StatusDetail(Struct, rename={"type": "@type"}):
    code: int
    message: str
    type: str = "type.googleapis.com/google.rpc.Status"


class Error(Struct):
    code: int
    message: str
    details: list[StatusDetail]


class UploadError(Struct):
    error_message: str
    error_details: str


class Healthz(Struct):
    multi_user: bool
    pipeline_store: str


class Experiment(Struct, omit_defaults=True, forbid_unknown_fields=True):
    experiment_id: str = ""
    display_name: str = ""
    description: str = ""
    created_at: str = ""
    namespace: str = ""
    storage_state: str = ""
    last_run_created_at: str = ""


class Experiments(Struct, omit_defaults=True):
    experiments: list[Experiment] = []
    total_size: int = 0
    next_page_token: str = ""


class Pipeline(Struct, omit_defaults=True, forbid_unknown_fields=True):
    pipeline_id: str = ""
    display_name: str = ""
    name: str = ""
    description: str = ""
    created_at: str = ""
    namespace: str = ""
    error: Status | None = None
    tags: dict[str, str] = {}


class Pipelines(Struct, omit_defaults=True):
    pipelines: list[Pipeline] = []
    total_size: int = 0
    next_page_token: str = ""


class Url(Struct, omit_defaults=True, forbid_unknown_fields=True):
    pipeline_url: str = ""


class PipelineVersion(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """`pipeline_spec` is the IR, in an object with its platforms beside where it has some."""

    pipeline_id: str = ""
    pipeline_version_id: str = ""
    display_name: str = ""
    name: str = ""
    description: str = ""
    created_at: str = ""
    package_url: Url | None = None
    code_source_url: str = ""
    pipeline_spec: Any = None
    error: Status | None = None
    tags: dict[str, str] = {}


class PipelineVersions(Struct, omit_defaults=True):
    pipeline_versions: list[PipelineVersion] = []
    next_page_token: str = ""
    total_size: int = 0


class PipelineAndVersion(Struct, forbid_unknown_fields=True):
    pipeline: Pipeline
    pipeline_version: PipelineVersion


class PipelineVersionReference(Struct, omit_defaults=True, forbid_unknown_fields=True):
    pipeline_id: str = ""
    pipeline_version_id: str = ""


class RuntimeConfig(Struct, omit_defaults=True, forbid_unknown_fields=True):
    parameters: dict[str, Any] = {}
    pipeline_root: str = ""


class RuntimeStatus(Struct, omit_defaults=True, forbid_unknown_fields=True):
    update_time: str = ""
    state: str = ""
    error: Status | None = None


class ArtifactList(Struct, omit_defaults=True, forbid_unknown_fields=True):
    artifact_ids: list[str] = []


class Artifact(Struct, omit_defaults=True):
    """Ours: what Kubeflow's API does not say of an artifact."""

    artifact_id: str = ""
    name: str = ""
    type: str = ""
    uri: str = ""
    metadata: dict[str, Any] = {}


class ExecutorDetail(Struct, omit_defaults=True, forbid_unknown_fields=True):
    main_job: str = ""
    pre_caching_check_job: str = ""
    failed_main_jobs: list[str] = []
    failed_pre_caching_check_jobs: list[str] = []


class ChildTask(Struct, omit_defaults=True, forbid_unknown_fields=True):
    task_id: str = ""
    pod_name: str = ""


class TaskDetail(Struct, omit_defaults=True, forbid_unknown_fields=True):
    """The last five fields are ours; clients leave what they do not know alone."""

    run_id: str = ""
    task_id: str = ""
    display_name: str = ""
    create_time: str = ""
    start_time: str = ""
    end_time: str = ""
    executor_detail: ExecutorDetail | None = None
    state: str = ""
    execution_id: str = ""
    error: Status | None = None
    inputs: dict[str, ArtifactList] = {}
    outputs: dict[str, ArtifactList] = {}
    parent_task_id: str = ""
    state_history: list[RuntimeStatus] = []
    pod_name: str = ""
    child_tasks: list[ChildTask] = []
    cached: bool = False
    input_parameters: dict[str, Any] = {}
    output_parameters: dict[str, Any] = {}
    input_artifacts: dict[str, list[Artifact]] = {}
    output_artifacts: dict[str, list[Artifact]] = {}


class RunDetails(Struct, omit_defaults=True, forbid_unknown_fields=True):
    pipeline_context_id: str = ""
    pipeline_run_context_id: str = ""
    task_details: list[TaskDetail] = []


class Run(Struct, omit_defaults=True, forbid_unknown_fields=True):
    experiment_id: str = ""
    run_id: str = ""
    display_name: str = ""
    storage_state: str = ""
    description: str = ""
    pipeline_version_id: str = ""
    pipeline_spec: Any = None
    pipeline_version_reference: PipelineVersionReference | None = None
    runtime_config: RuntimeConfig | None = None
    service_account: str = ""
    created_at: str = ""
    scheduled_at: str = ""
    finished_at: str = ""
    state: str = ""
    error: Status | None = None
    run_details: RunDetails | None = None
    recurring_run_id: str = ""
    state_history: list[RuntimeStatus] = []
    plugins_input: dict[str, Any] = {}
    plugins_output: dict[str, Any] = {}


class Runs(Struct, omit_defaults=True):
    runs: list[Run] = []
    total_size: int = 0
    next_page_token: str = ""


class CronSchedule(Struct, omit_defaults=True, forbid_unknown_fields=True):
    start_time: str = ""
    end_time: str = ""
    cron: str = ""


class PeriodicSchedule(Struct, omit_defaults=True, forbid_unknown_fields=True):
    start_time: str = ""
    end_time: str = ""
    interval_second: int | str = 0


class Trigger(Struct, omit_defaults=True, forbid_unknown_fields=True):
    cron_schedule: CronSchedule | None = None
    periodic_schedule: PeriodicSchedule | None = None


class RecurringRun(Struct, omit_defaults=True, forbid_unknown_fields=True):
    recurring_run_id: str = ""
    display_name: str = ""
    description: str = ""
    pipeline_version_id: str = ""
    pipeline_spec: Any = None
    pipeline_version_reference: PipelineVersionReference | None = None
    runtime_config: RuntimeConfig | None = None
    service_account: str = ""
    max_concurrency: int | str = 0
    trigger: Trigger | None = None
    mode: str | int = ""
    created_at: str = ""
    updated_at: str = ""
    status: str = ""
    error: Status | None = None
    no_catchup: bool = False
    namespace: str = ""
    experiment_id: str = ""
    plugins_input: dict[str, Any] = {}


class RecurringRuns(Struct, omit_defaults=True):
    """The one list with such a key."""

    recurringRuns: list[RecurringRun] = []  # noqa: N815
    total_size: int = 0
    next_page_token: str = ""


class IntValues(Struct, forbid_unknown_fields=True):
    values: list[int] = []


class StringValues(Struct, forbid_unknown_fields=True):
    values: list[str] = []


class Predicate(Struct, forbid_unknown_fields=True):
    operation: int | str = 0
    key: str = ""
    int_value: int | None = None
    long_value: int | None = None
    string_value: str | None = None
    timestamp_value: str | None = None
    int_values: IntValues | None = None
    long_values: IntValues | None = None
    string_values: StringValues | None = None


class Filter(Struct, forbid_unknown_fields=True):
    predicates: list[Predicate] = []


class ArtifactContent(Struct):
    """Base64."""

    data: str
