class Silent:
    """Watches an import or export without a word."""

    def started(self, what: str, runs: int) -> None:
        assert what
        assert runs >= 0

    def moved(self, *, runs: int = 0, points: int = 0, size: int = 0) -> None:
        assert min(runs, points, size) >= 0
