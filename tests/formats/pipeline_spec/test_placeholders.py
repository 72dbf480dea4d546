import json

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Json
from modelyard.formats.pipeline_spec.placeholders import Known, arguments, filled, filled_within

MODEL: Json = {"name": "model", "uri": "/in/model", "metadata": {"framework": "x", "layers": 3}}
INPUT: dict[str, Json] = {
    "inputs": {
        "parameterValues": {"text": 'a "b"', "number": 2, "half": 0.5, "flag": True, "list": [1, "a"]},
        "artifacts": {"model": {"artifacts": [MODEL]}, "many": {"artifacts": [MODEL, MODEL]}},
    },
    "outputs": {
        "parameters": {"sum": {"outputFile": "/out/sum"}},
        "artifacts": {"data": {"artifacts": [{"name": "data", "uri": "/out/data", "metadata": {}}]}},
        "outputFile": "/out/executor_output.json",
    },
}
KNOWN = Known(INPUT, {"pipeline_job_name": "a run", "pipeline_task_uuid": "t1"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{$.inputs.parameters['text']}}-{{$.inputs.parameters['number']}}", 'a "b"-2'),
        ("{{$.inputs.parameters['half']}} {{$.inputs.parameters['flag']}}", "0.5 true"),
        ("{{$.inputs.parameters['list']}}", '[1, "a"]'),
        ("{{$.inputs.artifacts['model'].uri}}{{$.inputs.artifacts['model'].path}}", "/in/model/in/model"),
        ("{{$.inputs.artifacts['model'].name}}", "model"),
        ("{{$.inputs.artifacts['model'].metadata['framework']}}", "x"),
        ("{{$.inputs.artifacts['model'].metadata}}", '{"framework": "x", "layers": 3}'),
        ("{{$.outputs.parameters['sum'].output_file}}", "/out/sum"),
        ("{{$.outputs.artifacts['data'].uri}}/0", "/out/data/0"),
        ("{{$.outputMetadataUri}}", "/out/executor_output.json"),
        ("{{$.pipeline_job_name}}/{{$.pipeline_task_uuid}}", "a run/t1"),
        ("{{$.inputs.parameters['text'].json_escape[0]}}", 'a "b"'),
        ("{{$.inputs.parameters['text'].json_escape[1]}}", 'a \\"b\\"'),
        ("no {{placeholder}} {$} at all", "no {{placeholder}} {$} at all"),
    ],
)
def test_placeholders_stand_for_what_goes_in_and_out(text: str, value: str) -> None:
    assert filled(text, KNOWN) == value


def test_the_whole_input_and_lists_of_artifacts_are_json() -> None:
    assert json.loads(filled("{{$}}", KNOWN)) == INPUT
    assert json.loads(json.loads(f'"{filled("{{$.json_escape[1]}}", KNOWN)}"')) == INPUT
    assert json.loads(filled("{{$.inputs.artifacts['many']}}", KNOWN)) == [MODEL, MODEL]
    assert json.loads(filled("{{$.inputs.artifacts['model']}}", KNOWN)) == MODEL


def test_a_value_that_is_all_placeholder_keeps_its_type() -> None:
    value: Json = {
        "{{$.inputs.parameters['text']}}": [
            "{{$.inputs.parameters['list']}}",
            "{{$.inputs.parameters['number']}}{{$.pipeline_job_name}}",
        ]
    }
    assert filled_within(value, KNOWN) == {'a "b"': [[1, "a"], "2a run"]}


def test_arguments_are_joined_and_left_out() -> None:
    texts = [
        '{"Concat": ["p-", "{{$.inputs.parameters[\'number\']}}", {"IfPresent": {"InputName": "half", "Then": "-h"}}]}',
        '{"IfPresent": {"InputName": "text", "Then": ["--text", "{{$.inputs.parameters[\'text\']}}"]}}',
        '{"IfPresent": {"InputName": "absent", "Then": ["--absent"], "Else": ["--default", "x"]}}',
        '{"IfPresent": {"InputName": "absent", "Then": ["--absent"]}}',
        '{"Concat": 1, "other": 2}',
    ]
    assert arguments(texts, KNOWN) == ["p-2-h", "--text", 'a "b"', "--default", "x", '{"Concat": 1, "other": 2}']


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{$.inputs.parameters['absent']}}", "has no value: 'absent' was not given"),
        ("{{$.nonsense}}", "is not known"),
        ("{{$!}}", "cannot be read"),
        ("{{$.inputs.artifacts['model'].size}}", "does not have"),
    ],
)
def test_a_placeholder_without_a_value_is_named(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        filled(text, KNOWN)


def test_values_are_not_searched_for_placeholders() -> None:
    known = Known({"inputs": {"parameterValues": {"a": "{{$.inputs.parameters['b']}}"}}})
    assert filled("{{$.inputs.parameters['a']}}", known) == "{{$.inputs.parameters['b']}}"
