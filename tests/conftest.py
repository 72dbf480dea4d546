"""What holds for the whole suite."""

import os

import hypothesis
import pytest

# A loaded machine is not a bug in the code under test.
hypothesis.settings.register_profile("modelyard", deadline=None)
hypothesis.settings.load_profile("modelyard")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI everything a test may need is there, so a skipped test is a hole in the net."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return
    skipped = len(reporter.stats.get("skipped", []))
    if skipped and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        reporter.write_line("")
        reporter.write_line(f"{skipped} skipped: with CI=true every test must run (reasons below)", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
