import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io

from modelyard.examples.taxi import cleaning, features, generator, rides, training

FAMILIES = training.families()
NAMES = [family.name for family in FAMILIES]


@pytest.fixture(scope="module")
def cleaned() -> pd.DataFrame:
    return cleaning.clean(generator.generate(seed=7, rides_a_month=400)).frame


@pytest.fixture(scope="module", params=FAMILIES, ids=NAMES)
def fitted(request: pytest.FixtureRequest, cleaned: pd.DataFrame) -> training.Fitted:
    family: training.Family = request.param
    return training.fit(family, training.split_by_time(cleaned))


def test_no_test_ride_starts_before_the_last_training_ride(cleaned: pd.DataFrame) -> None:
    split = training.split_by_time(cleaned.sample(frac=1, random_state=1))
    assert split.train["pickup_datetime"].max() <= split.test["pickup_datetime"].min()
    assert len(split.test) == pytest.approx(len(cleaned) * 0.2, abs=1)
    assert len(split.train) + len(split.test) == len(cleaned)


def test_the_random_split_mixes_times_and_shares_no_ride(cleaned: pd.DataFrame) -> None:
    split = training.split_at_random(cleaned)
    assert split.train["pickup_datetime"].max() > split.test["pickup_datetime"].min()
    assert sorted([*split.train.index, *split.test.index]) == sorted(cleaned.index)


def test_a_model_never_sees_the_answers_of_the_test(cleaned: pd.DataFrame) -> None:
    split = training.split_by_time(cleaned)
    wrong_answers = training.Split(split.train, split.test.assign(duration_seconds=1.0, dropoff_datetime=None))
    tree = FAMILIES[2]
    rows = features.requests(split.test)
    honest, blind = (training.fit(tree, each).model.predict(rows) for each in (split, wrong_answers))
    assert np.array_equal(honest, blind)


def test_there_are_at_least_three_families_beside_the_baseline() -> None:
    assert NAMES[0] == training.BASELINE
    assert len(set(NAMES)) >= 4


def test_every_family_beats_the_mean(fitted: training.Fitted, cleaned: pd.DataFrame) -> None:
    split = training.split_by_time(cleaned)
    seconds = split.test[features.TARGET]
    of_the_mean = float((seconds - split.train[features.TARGET].mean()).abs().mean())
    if fitted.family.name == training.BASELINE:
        assert fitted.scores.mae == pytest.approx(of_the_mean)
    else:
        assert fitted.scores.mae < 0.7 * of_the_mean
    assert fitted.scores.rmse > fitted.scores.mae


def test_training_again_gives_the_same_model(fitted: training.Fitted, cleaned: pd.DataFrame) -> None:
    again = training.fit(fitted.family, training.split_by_time(cleaned)).scores
    assert (again.mae, again.rmse) == pytest.approx((fitted.scores.mae, fitted.scores.rmse), rel=1e-9)


def test_a_zone_or_month_never_seen_is_predicted_all_the_same(fitted: training.Fitted, cleaned: pd.DataFrame) -> None:
    unseen = features.requests(cleaned.head(2)).assign(
        pickup_location_id=[265, 9_999], pickup_datetime=["2020-12-01T00:00:00", "2031-07-01T23:59:59"]
    )
    assert (fitted.model.predict(unseen) > 0).all()


def test_a_model_holds_only_types_declared_as_trusted(fitted: training.Fitted) -> None:
    untrusted = skops.io.get_untrusted_types(data=skops.io.dumps(fitted.model))
    assert set(untrusted) <= set(training.TRUSTED_TYPES)


LOAD_WITHOUT_US = """
import sys
sys.modules["modelyard"] = None
import pandas as pd, skops.io
model = skops.io.load(sys.argv[1], trusted=sys.argv[3:])
print(*(float(seconds).hex() for seconds in model.predict(pd.read_json(sys.argv[2], convert_dates=False))))
"""


@pytest.mark.parametrize("fitted", [FAMILIES[1], FAMILIES[-1]], indirect=True, ids=[NAMES[1], NAMES[-1]])
def test_a_model_predicts_the_same_in_a_process_without_our_package(
    fitted: training.Fitted, cleaned: pd.DataFrame, tmp_path: Path
) -> None:
    rows = features.requests(cleaned.head(20))
    model, asked = tmp_path / "model.skops", tmp_path / "rows.json"
    skops.io.dump(fitted.model, model)
    rows.to_json(asked)
    answer = subprocess.run(
        [sys.executable, "-c", LOAD_WITHOUT_US, model, asked, *training.TRUSTED_TYPES],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [float(seconds).hex() for seconds in fitted.model.predict(rows)]


def test_the_best_model_on_real_rides_is_as_good_as_promised(taxi_data: Path) -> None:
    loaded = rides.load(taxi_data, seed=0)
    assert len(loaded.files) == 6
    real = cleaning.clean(loaded.frame).frame
    by_time, at_random = training.split_by_time(real), training.split_at_random(real)
    baseline, *others = (training.fit(family, by_time) for family in FAMILIES)
    best = min(others, key=lambda each: each.scores.mae)
    assert baseline.scores.mae == pytest.approx(503, abs=2)
    assert best.scores.mae <= 195
    assert training.fit(FAMILIES[0], at_random).scores.mae == pytest.approx(483, abs=5)
    assert training.fit(best.family, at_random).scores.mae <= 180
