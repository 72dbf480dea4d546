"""What tests of endpoints look at, and have happen."""

from modelyard.domain.endpoint_status import RevisionState, RevisionStatus
from modelyard.domain.endpoints import Endpoint
from modelyard.services.endpoint_reports import EndpointReports


def shares(endpoint: Endpoint, model: str = "") -> tuple[dict[int, int], int]:
    rollout = endpoint.rollouts[model]
    return {target.revision: target.weight for target in rollout.live}, rollout.previous


async def proven(reports: EndpointReports, name: str, revision: int) -> None:
    await reports.report(name, None, [RevisionStatus(revision, RevisionState.LOADED, proven=True)])
