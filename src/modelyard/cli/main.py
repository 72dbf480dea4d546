"""The entry point, and what an error looks like."""

import sys

from modelyard.apps.settings import BadSetting
from modelyard.cli import output, start
from modelyard.domain.errors import ModelyardError

FAILED = 1
MISUSED = 2
INTERRUPTED = 130


def main() -> None:
    """Run a command and end the process: 0 done, 1 could not be done, 2 asked for wrongly, 130 interrupted."""
    try:
        flags = start.plain_flags(sys.argv[1:])
        if flags is not None:
            start.start(flags)
        else:
            from modelyard.cli.root import app

            app(prog_name="modelyard")
    except ModelyardError as error:
        output.fail(error.message)
        sys.exit(MISUSED if isinstance(error, BadSetting) else FAILED)
    except OSError as error:
        output.fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
