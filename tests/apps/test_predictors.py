import httpx

from modelyard.apps.predictors import PredictorPort
from modelyard.apps.repository import EndpointRepository
from modelyard.domain.endpoints import Wanted
from modelyard.services.endpoint_changes import EndpointChanges
from modelyard.services.endpoints import Endpoints
from modelyard.services.model_versions import ModelVersions
from modelyard.serving.dataplane import Limits
from modelyard.storage.database import Database
from tests.support.tracking import ME


async def test_nobody_can_list_or_unload_endpoints_where_transformers_ask(database: Database) -> None:
    endpoints = Endpoints(database, ModelVersions(database), EndpointChanges(database), lambda *_: "")
    await endpoints.deploy(ME, "taxi", "mlflow-artifacts:/1/models/one")
    port = PredictorPort(Limits(), EndpointRepository(endpoints))
    async with httpx.AsyncClient(base_url=f"http://{await port.address()}taxi/v2") as client:
        asked = [await client.post(f"repository/{one}") for one in ("index", "models/taxi/unload")]
        asked.append(await client.get("models/taxi"))
    await port.stop()
    assert [answer.status_code for answer in asked] == [404] * 3
    assert (await endpoints.get(ME, "taxi")).endpoint.wanted is Wanted.SERVING
