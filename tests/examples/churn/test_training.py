import numpy as np
import pandas as pd
import pytest
import skops.io

from modelyard.examples.churn import customers, generator, training

FAMILIES = training.families()
NAMES = [family.name for family in FAMILIES]


@pytest.fixture(scope="module")
def people() -> pd.DataFrame:
    return generator.generate(seed=7, count=1_500)


def test_the_four_models_of_the_story_have_a_grid_each() -> None:
    assert NAMES == ["k nearest neighbours", "logistic regression", "decision tree", "random forest"]
    for family in FAMILIES:
        combinations = list(family.combinations())
        assert len(combinations) == len({str(settings) for settings in combinations}) >= 3


def test_folds_test_every_customer_once_with_equal_shares_of_leavers(people: pd.DataFrame) -> None:
    folds = training.folds(people)
    assert [fold.number for fold in folds] == [1, 2, 3, 4, 5]
    assert sorted(row for fold in folds for row in fold.test) == list(range(len(people)))
    for fold in folds:
        assert not set(fold.train) & set(fold.test)
        share = people[customers.TARGET].iloc[fold.test].mean()
        assert share == pytest.approx(people[customers.TARGET].mean(), abs=0.003)


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_a_fold_is_scored_better_than_chance_whatever_the_settings(
    family: training.Family, people: pd.DataFrame
) -> None:
    fold = training.folds(people)[0]
    for settings in family.combinations():
        scores = training.score_fold(family.build(settings), people, fold)
        assert 0.65 < scores.roc_auc < 1
        assert 0 < scores.f1 < 1
        assert 0.6 < scores.accuracy < 1


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_scores_are_of_what_predict_answers(family: training.Family, people: pd.DataFrame) -> None:
    fold = training.folds(people)[0]
    model = family.build(next(family.combinations()))
    scores = training.score_fold(model, people, fold)
    test = people.iloc[fold.test]
    assert scores.accuracy == pytest.approx((model.predict(test[customers.REQUEST]) == test[customers.TARGET]).mean())


def test_the_mean_of_scores_is_taken_score_by_score() -> None:
    assert training.mean([training.Scores(0.2, 0.4, 0.6), training.Scores(0.4, 0.6, 0.8)]).metrics() == pytest.approx(
        {"f1": 0.3, "accuracy": 0.5, "roc_auc": 0.7}
    )


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_a_refitted_model_comes_back_whole_from_its_file_with_declared_types_only(
    family: training.Family, people: pd.DataFrame
) -> None:
    model = training.refit(family, next(family.combinations()), people)
    saved = skops.io.dumps(model)
    loaded = skops.io.loads(saved, trusted=list(training.TRUSTED_TYPES))
    asked = people[customers.REQUEST].head(50)
    assert np.array_equal(loaded.predict(asked), model.predict(asked))
    assert set(model.predict(asked)) <= {0, 1}


def test_a_country_never_seen_is_predicted_all_the_same(people: pd.DataFrame) -> None:
    model = training.refit(FAMILIES[1], next(FAMILIES[1].combinations()), people)
    assert model.predict(people[customers.REQUEST].head(1).assign(Geography="Portugal")).shape == (1,)


def test_a_refitted_model_takes_one_core_per_request(people: pd.DataFrame) -> None:
    for family in FAMILIES:
        params = training.refit(family, next(family.combinations()), people).get_params()
        assert not [name for name, value in params.items() if name.endswith("n_jobs") and value is not None]
