from collections.abc import Sequence
from pathlib import Path

import pytest

from modelyard.domain.pipeline_spec import Container
from modelyard.formats.pipeline_spec import bootstrap, reading
from tests.support.compiled import IMAGE, compiled, dsl

OLD_RUN = (
    'program_path=$(mktemp -d)\n\nprintf "%s" "$0" > "$program_path/ephemeral_component.py"\n'
    "python3 -m kfp.components.executor_main                         --component_module_path                         "
    '"$program_path/ephemeral_component.py"                         "$@"\n'
)
ARGS = ["--executor_input", "{{$}}", "--function_to_execute", "f"]


def container(**options: object) -> Container:
    @dsl.component(base_image=IMAGE, **options)
    def say(text: str = "x") -> None:
        print(text)

    @dsl.pipeline(name="p")
    def pipeline() -> None:
        say()

    spec, _ = reading.read(compiled(pipeline))
    body = spec.components["comp-say"].body
    assert isinstance(body, Container)
    return body


@pytest.mark.parametrize(
    ("options", "packages", "indexes", "hosts"),
    [
        ({}, ["kfp==2.17.0"], [], []),
        ({"install_kfp_package": False}, [], [], []),
        ({"packages_to_install": ["numpy>=1", "a[b]==2"]}, ["kfp==2.17.0", "numpy>=1", "a[b]==2"], [], []),
        ({"packages_to_install": ["numpy"], "install_kfp_package": False}, ["numpy"], [], []),
        (
            {"packages_to_install": ["numpy"], "pip_index_urls": ["https://a.example/s", "https://b.example/s"],
             "pip_trusted_hosts": ["a.example"]},
            ["kfp==2.17.0", "numpy"], ["https://a.example/s", "https://b.example/s"], ["a.example"],
        ),
        ({"packages_to_install": ["numpy"], "use_venv": True}, ["kfp==2.17.0", "numpy"], [], []),
    ],
)  # fmt: skip
def test_what_the_sdk_writes_is_recognised(
    options: dict[str, object], packages: list[str], indexes: list[str], hosts: list[str]
) -> None:
    body = container(**options)
    step = bootstrap.recognise(body.command, body.args)
    assert step is not None
    assert step.function == "say"
    assert "def say(" in step.source
    assert sorted(one for one in step.packages if not one.startswith("typing-extensions")) == sorted(packages)
    assert list(step.indexes) == indexes
    assert list(step.trusted_hosts) == hosts


def test_what_runs_a_notebook_is_wanted_where_the_component_does_not_name_it(tmp_path: Path) -> None:
    notebook = tmp_path / "n.ipynb"
    notebook.write_text("{}")

    def packages(*named: str) -> list[str]:
        @dsl.notebook_component(
            notebook_path=str(notebook), base_image=IMAGE, packages_to_install=[*named], install_kfp_package=False
        )
        def run() -> None:
            dsl.run_notebook()

        assert run.component_spec.implementation.container is not None
        body = run.component_spec.implementation.container
        step = bootstrap.recognise(body.command, body.args)
        assert step is not None
        return list(step.packages)

    assert packages() == ["nbclient>=0.10,<1", "ipykernel>=6"]
    assert packages("nbclient==0.10.1", "numpy") == ["nbclient==0.10.1", "numpy", "ipykernel>=6"]
    assert packages("IPyKernel[test]", "nbclient") == ["IPyKernel[test]", "nbclient"]


def test_the_oldest_form_is_recognised() -> None:
    install = (
        '\nif ! [ -x "$(command -v pip)" ]; then\n    python3 -m ensurepip || python3 -m ensurepip --user || '
        "apt-get install python3-pip\nfi\n\nPIP_DISABLE_PIP_VERSION_CHECK=1 python3 -m pip install --quiet     "
        '--no-warn-script-location \'kfp==2.0.1\' && "$0" "$@"\n'
    )
    step = bootstrap.recognise(["sh", "-c", install, "sh", "-ec", OLD_RUN, "source"], ARGS)
    assert step is not None
    assert (step.packages, step.source) == (("kfp==2.0.1",), "source")


@pytest.mark.parametrize(
    ("command", "args"),
    [
        (["echo", "hello"], []),
        (["sh", "-ec", OLD_RUN, "source"], [*ARGS, "--more"]),
        (["sh", "-ec", OLD_RUN + "\nrm -rf data", "source"], ARGS),
        (["sh", "-c", 'apt-get install x && "$0" "$@"', "sh", "-ec", OLD_RUN, "source"], ARGS),
        (["sh", "-c", 'python3 -m pip install x --target y && "$0" "$@"', "sh", "-ec", OLD_RUN, "source"], ARGS),
        (["sh", "-c", "python3 -m pip install x", "sh", "-ec", OLD_RUN, "source"], ARGS),
        (["bash", "-ec", OLD_RUN, "source"], ARGS),
    ],
)
def test_anything_else_is_left_to_be_run_as_it_is(command: Sequence[str], args: Sequence[str]) -> None:
    assert bootstrap.recognise(command, args) is None
