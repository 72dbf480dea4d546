"""The pipeline: what goes into which step."""

from kfp import dsl

from modelyard.examples.stocks import steps

NAME = "stocks"
EPOCHS = [2, 4, 8, 12, 16, 20]
SEED = 500


@dsl.pipeline(name=NAME, description="Daily prices, a forecast of tomorrow's, and whether it deserves to be served")
def stocks(source: str = "", epochs: list = EPOCHS, seed: int = SEED, equal_passes: bool = True) -> None:  # type: ignore[type-arg]  # noqa: FBT001, FBT002
    """Computing is taken from an earlier run where nothing has changed; what changes the world is done each time."""
    days = steps.impute(prices=steps.gather(source=source).outputs["prices"])
    parts = steps.split(days=days.outputs["days"]).outputs["parts"]
    with dsl.ParallelFor(epochs, name="settings") as setting:
        trained = steps.train(parts=parts, epochs=setting, seed=seed).set_cpu_request("1")
    compared = steps.compare(parts=parts, candidates=dsl.Collected(trained.outputs["network"]))
    word = compared.outputs["word"]
    registered = steps.register(best=compared.outputs["best"], name=NAME, word=word).set_caching_options(False)
    gate = steps.gate(word=word, version=registered.output, equal_passes=equal_passes)
    with dsl.If(gate.outputs["passes"] == True, name="passed"):  # noqa: E712 - an expression for later
        deployed = steps.deploy(name=NAME, version=registered.output, endpoint=NAME).set_caching_options(False)
        steps.ask(invocations=deployed.output, question=compared.outputs["question"]).set_caching_options(False)
