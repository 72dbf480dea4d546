"""What a forecast looks at, and what then came: the closing prices of the days before a day, and of that day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

DAYS = 31


@dataclass(frozen=True, slots=True)
class Windows:
    """A row of `closes` for each day that is forecast: the DAYS before it, the last one last."""

    closes: NDArray[np.float64]
    actual: NDArray[np.float64]
    symbols: NDArray[np.str_]

    @property
    def naive(self) -> NDArray[np.float64]:
        """Tomorrow's price will be today's."""
        return self.closes[:, -1]


def of(days: pd.DataFrame, part: str, *, imputed_too: bool = False) -> Windows:
    """Windows of the days of a part. They may look back into the part before, as a forecast does.

    Days without trade are seen, but not forecast: their price is known, and whoever counts them flatters himself.
    """
    pieces = [_of_one(series, part, imputed_too=imputed_too) for _, series in days.groupby("symbol", sort=True)]
    return Windows(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


def latest(days: pd.DataFrame, symbol: str) -> NDArray[np.float64]:
    """The window that the day after the last one would be forecast from."""
    return days.loc[days["symbol"] == symbol, "close"].to_numpy(np.float64)[-DAYS:]


def _of_one(
    series: pd.DataFrame, part: str, *, imputed_too: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    close = series["close"].to_numpy(np.float64)
    if len(close) <= DAYS:
        return np.empty((0, DAYS)), np.empty(0), np.empty(0, np.str_)
    ahead = series.iloc[DAYS:]
    wanted = ((ahead["part"] == part) & (imputed_too | ~ahead["imputed"])).to_numpy()
    return (
        sliding_window_view(close, DAYS)[:-1][wanted],
        close[DAYS:][wanted],
        ahead["symbol"].to_numpy(np.str_)[wanted],
    )
