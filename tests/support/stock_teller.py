"""Tells the stock story with few epochs, as `modelyard demo stocks --json` does with more: URL DATA PASSES."""

import sys
from pathlib import Path

from rich.console import Console

from modelyard.cli import output
from modelyard.cli.demo import Deployer
from modelyard.examples.reporting import RichReporter
from modelyard.examples.stocks import story

if __name__ == "__main__":
    url, data, passes = sys.argv[1:]
    reporter = RichReporter(Console(stderr=True))
    output.json(story.run(url, Path(data), reporter, Deployer(url), epochs=[1, 2], equal_passes=passes == "yes"))
