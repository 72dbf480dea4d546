"""Daily closing prices: those of a file, or of the two indexes that ship with the package `arch`."""

from pathlib import Path

import pandas as pd

from modelyard.domain import errors
from modelyard.examples import tables

COLUMNS = ["symbol", "date", "close"]
FEWEST_DAYS = 400


def load(file: Path) -> pd.DataFrame:
    """COLUMNS of a CSV or Parquet file with the columns Date and Close, and Symbol where it holds several series.

    A row without a price is a day without trade.
    Raises InvalidInput naming the file, line or column that cannot be used.
    """
    if not file.is_file():
        raise errors.InvalidInput(f"{file} is not a file: expected a CSV of daily prices, with columns Date and Close")
    theirs = _columns_of(file)
    frame = tables.read(file, list(theirs.values()))
    found = pd.DataFrame(
        {
            "symbol": frame[theirs["symbol"]].astype(str) if "symbol" in theirs else file.stem,
            "date": tables.as_times(frame[theirs["date"]], file, theirs["date"]).dt.normalize(),
            "close": tables.as_numbers(frame[theirs["close"]], file, theirs["close"]),
        }
    )
    _refuse_where(found["date"].isna(), file, "has no date")
    _refuse_where(found["close"] <= 0, file, "has a price that is not above 0")
    _refuse_where(found.duplicated(["symbol", "date"]), file, "is about a day that an earlier one is about")
    found = found.dropna()
    _refuse_few(found, str(file))
    return ordered(found)


def indexes() -> pd.DataFrame:
    """The S&P 500 and the NASDAQ Composite, 1999 to 2018."""
    from arch.data import nasdaq, sp500  # noqa: PLC0415 - takes seconds, and only one step needs it

    series = []
    for symbol, frame in (("NASDAQ", nasdaq.load()), ("S&P 500", sp500.load())):
        dates = frame.index.astype("datetime64[ns]")
        series.append(pd.DataFrame({"symbol": symbol, "date": dates, "close": frame["Close"].to_numpy()}))
    return ordered(pd.concat(series, ignore_index=True))


def ordered(prices: pd.DataFrame) -> pd.DataFrame:
    """By symbol, and by date within each."""
    return prices[COLUMNS].sort_values(["symbol", "date"], kind="stable").reset_index(drop=True)


def _columns_of(file: Path) -> dict[str, str]:
    present = tables.column_names(file)
    by_plain_name = {column.strip().lower(): column for column in present}
    missing = [name for name in ("date", "close") if name not in by_plain_name]
    if missing:
        told = ", ".join(present) or "no columns"
        raise errors.InvalidInput(f"{file} lacks the column {' and '.join(missing)}. It has: {told}")
    return {name: by_plain_name[name] for name in COLUMNS if name in by_plain_name}


def _refuse_where(wrong: "pd.Series[bool]", file: Path, complaint: str) -> None:
    if wrong.any():
        raise errors.InvalidInput(f"{file}, {tables.place_of(file, int(wrong.to_numpy().argmax()))} {complaint}")


def _refuse_few(prices: pd.DataFrame, where: str) -> None:
    days = prices.groupby("symbol").size()
    if days.empty or days.min() < FEWEST_DAYS:
        least = f"{days.idxmin()} has {days.min():,}" if len(days) else "there are none"
        raise errors.InvalidInput(f"{where} has too few days with a price ({least}); at least {FEWEST_DAYS} are needed")
