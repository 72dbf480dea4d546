import numpy as np
import pandas as pd

from modelyard.examples.stocks import trading_days, windows


def days(length: int = 300) -> pd.DataFrame:
    dates = pd.bdate_range("2020-01-01", periods=length)
    series = [
        pd.DataFrame({"symbol": name, "date": dates, "close": start + np.arange(length, dtype=float)})
        for name, start in (("ONE", 100.0), ("TWO", 5000.0))
    ]
    return trading_days.split(trading_days.impute(pd.concat(series)))


def test_a_window_ends_with_the_day_before_the_one_that_is_forecast() -> None:
    frame = days()
    found = windows.of(frame, "test")
    rows = frame[(frame["part"] == "test") & ~frame["imputed"]]
    assert found.actual.tolist() == rows["close"].tolist()
    assert found.symbols.tolist() == rows["symbol"].tolist()
    assert found.closes.shape == (len(rows), windows.DAYS)
    first = rows.index[0]
    assert found.closes[0].tolist() == frame["close"].iloc[first - windows.DAYS : first].tolist()
    assert (found.actual - found.naive == 1).all(), "prices rise by one from one working day to the next"


def test_days_without_trade_are_forecast_only_when_asked_for() -> None:
    frame = days()
    every = windows.of(frame, "test", imputed_too=True)
    flattered, honest = (np.abs(each.actual - each.naive).mean() for each in (every, windows.of(frame, "test")))
    assert len(every.actual) == (frame["part"] == "test").sum()
    assert flattered < 0.75 * honest


def test_later_prices_change_no_window_of_an_earlier_part() -> None:
    frame = days()
    other = frame.assign(close=frame["close"].where(frame["part"] != "test", 1.0))
    for part in ("train", "validation"):
        before, after = windows.of(frame, part), windows.of(other, part)
        assert np.array_equal(before.closes, after.closes)
        assert np.array_equal(before.actual, after.actual)


def test_no_window_mixes_symbols() -> None:
    found = windows.of(days(), "train")
    low = found.symbols == "ONE"
    assert found.closes[low].max() < 1000 < found.closes[~low].min()


def test_the_latest_window_is_that_of_the_day_to_come() -> None:
    frame = days()
    assert windows.latest(frame, "ONE").tolist() == frame[frame["symbol"] == "ONE"]["close"].tolist()[-windows.DAYS :]
