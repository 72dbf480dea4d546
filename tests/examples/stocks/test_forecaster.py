"""On the real indexes, with as few epochs as show something."""

from pathlib import Path

import mlflow
import numpy as np
import pytest

from modelyard.examples.stocks import forecaster, judging, prices, publishing, trading_days, windows
from modelyard.examples.stocks.windows import Windows


@pytest.fixture(scope="module")
def parts() -> dict[str, Windows]:
    days = trading_days.split(trading_days.impute(prices.indexes()))
    return {part: windows.of(days, part) for part in trading_days.PARTS}


@pytest.fixture(scope="module")
def trained(parts: dict[str, Windows]) -> forecaster.Forecaster:
    network = forecaster.untrained(parts["train"], seed=1)
    epochs = list(forecaster.train(network, parts["train"], parts["validation"], 2))
    assert [epoch.number for epoch in epochs] == [1, 2]
    assert epochs[-1].loss < epochs[0].loss
    return network


def test_what_has_learned_nothing_forecasts_that_a_price_stays(parts: dict[str, Windows]) -> None:
    network = forecaster.untrained(parts["train"], seed=1)
    assert np.array_equal(forecaster.forecast(network, parts["test"].closes), parts["test"].naive)


def test_a_forecast_is_about_as_good_as_the_naive_one(
    trained: forecaster.Forecaster, parts: dict[str, Windows]
) -> None:
    test = parts["test"]
    naive = judging.errors_of(test.naive, test.actual)
    found = judging.compare("all", judging.errors_of(forecaster.forecast(trained, test.closes), test.actual), naive)
    assert found.naive == pytest.approx(0.6194, abs=1e-4)
    assert found.model == pytest.approx(found.naive, rel=0.01)
    assert found.difference != 0


def test_the_same_seed_gives_the_same_network(parts: dict[str, Windows]) -> None:
    every = parts["train"]
    few = Windows(every.closes[:512], every.actual[:512], every.symbols[:512])
    answers = []
    for seed in (1, 1, 2):
        network = forecaster.untrained(few, seed)
        list(forecaster.train(network, few, few, 1))
        answers.append(forecaster.forecast(network, few.closes))
    assert np.array_equal(answers[0], answers[1])
    assert not np.array_equal(answers[0], answers[2])


def test_a_network_forecasts_the_same_when_it_was_saved(
    trained: forecaster.Forecaster, parts: dict[str, Windows], tmp_path: Path
) -> None:
    forecaster.save(trained, tmp_path / "network")
    closes = parts["test"].closes
    loaded = forecaster.load(tmp_path / "network")
    assert np.array_equal(forecaster.forecast(loaded, closes), forecaster.forecast(trained, closes))


@pytest.mark.filterwarnings("ignore:The tensor attributes self.lstm:UserWarning", "ignore::FutureWarning")
def test_the_logged_model_takes_any_number_of_windows_and_forecasts_the_same(
    trained: forecaster.Forecaster, parts: dict[str, Windows], tmp_path: Path
) -> None:
    mlflow.pytorch.save_model(trained, str(tmp_path / "model"), **publishing.as_logged())
    served = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    for rows in (1, 2, 50):
        closes = parts["test"].closes[:rows]
        assert np.allclose(served.predict(closes.copy()), forecaster.forecast(trained, closes), rtol=1e-6)
