"""The end of every story: a registered version proves itself, becomes the champion and answers over HTTP."""

from modelyard.examples import deploying, parity, tracking
from modelyard.examples.parity import Promise
from modelyard.examples.reporting import Reporter


def prove_in_registry(model: str, version: int, promise: Promise, reporter: Reporter) -> None:
    """Raises InvalidState when the registered model does not predict what it did in training."""
    predictions = tracking.predictions_of_version(model, version, promise.rows)
    checked = parity.check(promise, predictions, where="registry")
    tracking.tag_version(model, version, checked.tags())
    reporter.line(checked.told())


def deploy_champion(model: str, endpoint: str, reporter: Reporter, deployer: deploying.Deployer) -> str:
    """The invocations URL of the endpoint, which answers when this returns."""
    reporter.step("Deployment")
    return deploy(f"models:/{model}@{tracking.CHAMPION}", endpoint, reporter, deployer)


def deploy(model_uri: str, endpoint: str, reporter: Reporter, deployer: deploying.Deployer) -> str:
    """The same for any model."""
    with reporter.progress(f"Deploying to endpoint {endpoint}", 1) as advance:
        invocations = deployer.deploy(model_uri, endpoint)
        advance()
    reporter.line(f"Endpoint {endpoint} is ready")
    return invocations


def prove_in_service(model: str, version: int, invocations: str, promise: Promise, reporter: Reporter) -> None:
    """Raises InvalidState when the endpoint does not predict what the model did in training."""
    checked = parity.check(promise, deploying.predict(invocations, promise.requests()), where="endpoint")
    tracking.tag_version(model, version, checked.tags())
    reporter.line(checked.told())
