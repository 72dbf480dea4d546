from statistics import median, quantiles

from tests.architecture import tree

FILE_CAP = 400
FILE_MEDIAN = 120
FUNCTION_CAP = 80
FUNCTION_P90 = 30


def lines(text: str) -> int:
    return len(text.splitlines())


def test_no_python_file_is_longer_than_its_cap() -> None:
    python = [path for path in tree.files() if path.suffix == ".py" and not tree.transcribed(path)]
    assert python
    sizes = {tree.shown(path): lines(path.read_text()) for path in python}
    assert not {name: size for name, size in sizes.items() if size > FILE_CAP}, "split by concept"


def test_half_of_the_files_are_short() -> None:
    written = [path for path in tree.sources() if path.name != "__init__.py" and not tree.transcribed(path)]
    assert median(lines(path.read_text()) for path in written) <= FILE_MEDIAN


def function_sizes() -> dict[str, int]:
    return {
        f"{tree.shown(path, node.lineno)} {node.name}": tree.length(node)
        for path in tree.sources()
        if not tree.transcribed(path)
        for node in tree.functions(path)
    }


def test_no_function_is_longer_than_its_cap() -> None:
    assert not {name: size for name, size in function_sizes().items() if size > FUNCTION_CAP}


def test_nine_functions_in_ten_are_short() -> None:
    assert quantiles(function_sizes().values(), n=10)[-1] <= FUNCTION_P90
