from modelyard.protocols.mlflow.wire.common import Given, Int64, Numbered, Request, Response


class WebhookStatus(Numbered):
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


class WebhookEntity(Numbered):
    REGISTERED_MODEL = "REGISTERED_MODEL"
    MODEL_VERSION = "MODEL_VERSION"
    MODEL_VERSION_TAG = "MODEL_VERSION_TAG"
    MODEL_VERSION_ALIAS = "MODEL_VERSION_ALIAS"
    PROMPT = "PROMPT"
    PROMPT_VERSION = "PROMPT_VERSION"
    PROMPT_TAG = "PROMPT_TAG"
    PROMPT_VERSION_TAG = "PROMPT_VERSION_TAG"
    PROMPT_ALIAS = "PROMPT_ALIAS"
    BUDGET_POLICY = "BUDGET_POLICY"


class WebhookAction(Numbered):
    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"
    SET = "SET"
    EXCEEDED = "EXCEEDED"


class WebhookEvent(Request):
    entity: WebhookEntity
    action: WebhookAction


class Webhook(Response):
    webhook_id: str
    name: str
    url: str
    events: tuple[WebhookEvent, ...]
    status: WebhookStatus
    creation_timestamp: int
    last_updated_timestamp: int
    description: str = ""


class CreateWebhook(Request):
    name: Given
    url: Given
    events: tuple[WebhookEvent, ...]
    description: str = ""
    secret: str = ""
    status: WebhookStatus = WebhookStatus.ACTIVE


class UpdateWebhook(Request):
    """An empty name or URL and no events mean no change; an empty description or secret takes it away."""

    name: str = ""
    url: str = ""
    events: tuple[WebhookEvent, ...] = ()
    description: str | None = None
    secret: str | None = None
    status: WebhookStatus | None = None


class ListWebhooks(Request):
    max_results: Int64 = 0
    page_token: str = ""


class TestWebhook(Request):
    event: WebhookEvent | None = None


class OneWebhook(Response):
    webhook: Webhook


class FoundWebhooks(Response):
    webhooks: tuple[Webhook, ...] = ()
    next_page_token: str = ""


class WebhookTestResult(Response):
    success: bool
    response_status: int | None = None
    error_message: str = ""


class WebhookTested(Response):
    result: WebhookTestResult
