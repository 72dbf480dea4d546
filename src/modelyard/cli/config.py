from modelyard.apps import settings
from modelyard.cli import options, output


def config(json: options.Json = False) -> None:
    """Show every setting, its value, and where that came from."""
    values = settings.resolve({}, settings.environment())
    if json:
        output.json(
            {
                one.setting.name: {
                    "value": _masked(one.value),
                    "source": one.source,
                    "origin": one.origin,
                    "flag": one.setting.flag,
                    "env": one.setting.env,
                    "default": one.setting.default,
                }
                for one in values
            }
        )
        return
    rows = [(one.setting.name, _shown(one.value), one.origin or one.source, one.setting.help) for one in values]
    output.table(("Setting", "Value", "From", "Means"), rows, "")


def _masked(value: object) -> object:
    return settings.without_password(value) if isinstance(value, str) else value


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(_masked(value))
