"""Opens a database and kills itself before the Nth statement: python -m tests.support.killed_migration URL N."""

import itertools
import os
import signal
import sys

from sqlalchemy import Engine, event

from modelyard.storage.opening import open_database


def main(url: str, last: int) -> None:
    numbers = itertools.count(1)

    @event.listens_for(Engine, "before_cursor_execute")
    def count(*_: object) -> None:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    open_database(url).close()
    print(next(numbers) - 1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
