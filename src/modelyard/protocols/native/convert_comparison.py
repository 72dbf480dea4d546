from modelyard.domain.run_comparison import RunComparison, TaskCell
from modelyard.protocols.native import wire_comparison as wire
from modelyard.protocols.native.convert_pipelines import artifact, run


def comparison(one: RunComparison) -> wire.PipelineComparison:
    return wire.PipelineComparison(
        [run(each) for each in one.runs],
        [wire.TaskLine(line.place, line.kind, [_cell(cell) for cell in line.cells]) for line in one.tasks],
        [wire.ValueLine(line.place, line.output, line.key, list(line.cells)) for line in one.values],
        [
            wire.ArtifactLine(
                line.place, line.output, [None if cell is None else artifact(cell) for cell in line.cells]
            )
            for line in one.artifacts
        ],
        one.left_out,
    )


def _cell(one: TaskCell | None) -> wire.ComparedTask | None:
    return None if one is None else wire.ComparedTask(one.task_id, one.state, one.tasks, one.failed, one.ms)
