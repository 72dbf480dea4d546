from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from modelyard.cli import connect, options, output, times
from modelyard.cli.tracking import Limit

if TYPE_CHECKING:
    from modelyard.sdk.resources import Model, ModelVersion

Name = Annotated[str | None, typer.Argument(help="Show this model's versions", metavar="NAME", show_default=False)]


def models(name: Name = None, limit: Limit = 100, url: options.Url = None, json: options.Json = False) -> None:
    """List registered models, or the versions of one."""
    with connect.client(url) as client:
        if name is not None:
            versions = client.versions(name, limit)
            _show_versions(versions, json=json)
        else:
            _show_models(client.models(limit=limit), json=json)


def _show_models(found: "Sequence[Model]", *, json: bool) -> None:
    if json:
        output.json(found)
        return
    rows = [
        (
            one.name,
            max((version.version for version in one.latest), default=""),
            ", ".join(f"{alias} → {number}" for alias, number in sorted(one.aliases.items())),
            ", ".join(f"{version.stage} → {version.version}" for version in one.latest if version.stage != "None"),
            times.ago(one.updated_at),
        )
        for one in found
    ]
    output.table(("Name", "Newest", "Aliases", "Stages", "Updated"), rows, "No registered models")


def _show_versions(found: "Sequence[ModelVersion]", *, json: bool) -> None:
    if json:
        output.json(found)
        return
    rows = [
        (one.version, one.stage, ", ".join(one.aliases), one.status, one.run_id, times.ago(one.created_at))
        for one in found
    ]
    output.table(("Version", "Stage", "Aliases", "Status", "Run", "Created"), rows, "No versions")
