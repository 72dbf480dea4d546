from io import StringIO

from rich.console import Console

from modelyard.examples.reporting import RichReporter


def told_by(*, width: int = 80) -> tuple[RichReporter, StringIO]:
    out = StringIO()
    return RichReporter(Console(file=out, width=width)), out


def test_steps_are_numbered() -> None:
    reporter, out = told_by()
    reporter.step("Rides")
    reporter.line("60,000 rides")
    reporter.step("Training")
    assert out.getvalue() == "\n1 Rides\n  60,000 rides\n\n2 Training\n"


def test_square_brackets_in_a_file_name_are_not_markup() -> None:
    reporter, out = told_by()
    reporter.line("from rides_2019-0[1-6].csv and [red].csv")
    assert "rides_2019-0[1-6].csv and [red].csv" in out.getvalue()


def test_links_are_not_broken_over_lines() -> None:
    reporter, out = told_by(width=40)
    link = "http://127.0.0.1:5000/api/v1/models/taxi-duration/versions/1"
    reporter.line(link)
    assert link in out.getvalue()


def test_figures_stand_right_and_words_left() -> None:
    reporter, out = told_by()
    reporter.table("Scores", ["model", "MAE s"], [["linear", "213.4"], ["tree", "99.0"]])
    assert "│ tree   │  99.0 │" in out.getvalue()


def test_progress_leaves_nothing_behind_where_there_is_no_terminal() -> None:
    reporter, out = told_by()
    with reporter.progress("Training", 2) as advance:
        advance()
        advance()
    assert out.getvalue().strip() == ""
