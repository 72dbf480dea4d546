"""A small LSTM on log returns, that takes prices and answers a price."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from modelyard.examples.stocks import judging
from modelyard.examples.stocks.windows import Windows

HIDDEN = 16
BATCH = 256
LEARNING_RATE = 1e-3


@dataclass(frozen=True, slots=True)
class Epoch:
    """`loss` is the mean absolute error in standard deviations of the returns."""

    number: int
    loss: float
    validation_mae_percent: float


class Forecaster(nn.Module):  # type: ignore[misc]
    """The last price times what the network makes of the returns before; untrained it says the last price.

    Returns and their scale are worked out within, so that whoever asks sends prices and no other program repeats it.
    """

    def __init__(self, deviation: float = 1.0) -> None:
        super().__init__()
        self.register_buffer("deviation", torch.tensor(deviation, dtype=torch.float64))
        self.lstm = nn.LSTM(1, HIDDEN, batch_first=True)
        self.head = nn.Linear(HIDDEN, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, closes: torch.Tensor) -> torch.Tensor:
        """A price for each row of closing prices, in float64 both."""
        returns = (closes[:, 1:] / closes[:, :-1]).log() / self.deviation
        seen, _ = self.lstm(returns.float().unsqueeze(-1))
        change = self.head(seen[:, -1]).squeeze(-1).double() * self.deviation
        return closes[:, -1] * change.exp()


def untrained(learning: Windows, seed: int) -> Forecaster:
    """The scale is that of the windows to learn from; the seed makes weights, order and so the result the same."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    return Forecaster(float(np.log(learning.closes[:, 1:] / learning.closes[:, :-1]).std()))


def train(network: Forecaster, learning: Windows, validation: Windows, epochs: int) -> Iterator[Epoch]:
    """Trains as it is asked for the next epoch."""
    closes, actual = torch.from_numpy(learning.closes.copy()), torch.from_numpy(learning.actual.copy())
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    for number in range(1, epochs + 1):
        losses = []
        for batch in torch.randperm(len(closes)).split(BATCH):
            optimizer.zero_grad()
            loss = ((network(closes[batch]) / actual[batch]).log().abs() / network.deviation).mean()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        errors = judging.errors_of(forecast(network, validation.closes), validation.actual)
        yield Epoch(number, float(np.mean(losses)), float(errors.mean()))


def forecast(network: Forecaster, closes: NDArray[np.float64]) -> NDArray[np.float64]:
    with torch.no_grad():
        return np.asarray(network(torch.from_numpy(closes.copy())).numpy(), dtype=np.float64)


def save(network: Forecaster, file: Path) -> None:
    torch.save(network.state_dict(), file)


def load(file: Path) -> Forecaster:
    """Reads numbers only: no pickle is run."""
    torch.set_num_threads(1)
    network = Forecaster()
    network.load_state_dict(torch.load(file, weights_only=True))
    network.eval()
    return network
