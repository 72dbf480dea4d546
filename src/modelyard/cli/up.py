from modelyard.cli import options, start


def up(
    host: options.Host = None,
    port: options.Port = None,
    grpc_port: options.GrpcPort = None,
    data_dir: options.DataDir = None,
    database: options.Database = None,
    artifacts: options.Artifacts = None,
    presigned_urls: options.PresignedUrls = None,
    migrate_without_backup: options.MigrateWithoutBackup = False,
    allowed_hosts: options.AllowedHosts = None,
    allowed_origins: options.AllowedOrigins = None,
    insecure_no_auth: options.InsecureNoAuth = False,
    allow_private_webhooks: options.AllowPrivateWebhooks = False,
    traceable: options.Traceable = False,
    isolate_models: options.IsolateModels = False,
    log_format: options.LogFormat = None,
    log_level: options.LogLevel = None,
    log_requests: options.LogRequests = None,
    max_artifact_size: options.MaxArtifactSize = None,
    serving_memory: options.ServingMemory = None,
    max_prediction_size: options.MaxPredictionSize = None,
    max_prediction_rows: options.MaxPredictionRows = None,
    model_roots: options.ModelRoots = None,
    step_cpus: options.StepCpus = None,
    step_memory: options.StepMemory = None,
    step_gpus: options.StepGpus = None,
    cache_expiry: options.CacheExpiry = None,
    final_status: options.FinalStatus = None,
    terminated_as_failed: options.TerminatedAsFailed = False,
    shutdown_grace: options.ShutdownGrace = None,
) -> None:
    """Start the server: API, controllers and gateway. Stop it with Ctrl-C."""
    start.start(dict(locals()))
