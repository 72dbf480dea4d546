from typing import Any

import pytest

from modelyard.domain.errors import InvalidInput
from modelyard.domain.pipeline_spec import Component, Constant, Container, FromInput, FromTask, Interface, Source
from modelyard.formats.pipeline_spec.quantities import amount
from modelyard.formats.pipeline_spec.volumes import Volume, VolumeMount, mounts


def step(passthroughs: dict[str, bool] | None = None, **platform: Any) -> Component:
    return Component("comp", Interface(), Interface(), Container("image", platform=platform), passthroughs or {})


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ({"pvcNameParameter": {"runtimeValue": {"constant": "a"}}, "constant": "b"}, Constant("a")),
        ({"pvcNameParameter": {"componentInputParameter": "a"}, "componentInputParameter": "b"}, FromInput("a")),
        (
            {"pvcNameParameter": {"taskOutputParameter": {"producerTask": "a", "outputParameterKey": "name"}}},
            FromTask("a", "name"),
        ),
        ({"constant": "a"}, Constant("a")),
        ({"componentInputParameter": "a"}, FromInput("a")),
        ({"taskOutputParameter": {"producerTask": "a", "outputParameterKey": "name"}}, FromTask("a", "name")),
        ({"pvcName": "a"}, Constant("a")),
    ],
)
def test_names_are_read_as_newer_and_older_sdks_wrote_them(entry: dict[str, Any], name: Source) -> None:
    (found,) = mounts(step(pvcMount=[{**entry, "mountPath": "/data"}]))
    assert found == VolumeMount(Volume.CLAIM, "/data", name, ".")


@pytest.mark.parametrize("path", ["../b", "a/../../b", "/etc", ".."])
def test_a_part_of_a_volume_is_within_it(path: str) -> None:
    with pytest.raises(InvalidInput, match=r"pvcMount\[0\].subPath is .* must stay within its volume"):
        mounts(step(pvcMount=[{"constant": "a", "mountPath": "/data", "subPath": path}]))


def test_a_size_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"The size in .*emptyDirMounts\[0\]: 'much' is no quantity"):
        mounts(step(emptyDirMounts=[{"volumeName": "v", "mountPath": "/v", "sizeLimit": "much"}]))


def test_what_is_passed_on_is_not_mounted_but_for_what_is_the_steps_own() -> None:
    platform = {
        "pvcMount": [{"constant": "a", "mountPath": "/data"}],
        "emptyDirMounts": [{"volumeName": "v", "mountPath": "/v", "sizeLimit": "1Gi"}],
    }
    own = VolumeMount(Volume.EMPTY, "/v", Constant("v"), ".", "1Gi")
    assert mounts(step({"KUBERNETES_VOLUMES": False}, **platform)) == (own,)
    for applied in ({"KUBERNETES_VOLUMES": True}, {"ENV": False}):
        assert len(mounts(step(applied, **platform))) == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", 0),
        ("2", 2),
        ("500m", 0.5),
        ("1.5Gi", 1.5 * 2**30),
        ("2G", 2e9),
        (" 1 Ki ", 1024),
        ("1e3", 1000),
        ("1E", 1e18),
    ],
)
def test_quantities_are_those_of_kubernetes(text: str, value: float) -> None:
    assert amount(text) == value


@pytest.mark.parametrize("text", ["much", "1X", "-1", "Gi"])
def test_other_quantities_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is no quantity such as"):
        amount(text)
