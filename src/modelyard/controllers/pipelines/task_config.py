"""What a component with `task_config_passthroughs` is told of its own task: a dsl.TaskConfig, in Kubernetes' words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from modelyard.controllers.pipelines.secrets import LookUp
from modelyard.domain.pipeline_spec import Component, Container, Json, Resources
from modelyard.formats.pipeline_spec.fields import Fields
from modelyard.formats.pipeline_spec.parameters import as_text, whole
from modelyard.formats.pipeline_spec.placeholders import Known, filled
from modelyard.formats.pipeline_spec.tasks import source
from modelyard.formats.pipeline_spec.volumes import PASSED, Volume, VolumeMount, every_mount

WORKSPACE, WORKSPACE_PATH = "kfp-workspace", "/kfp-workspace"
_SCHEDULING = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"


def config(component: Component, container: Container, known: Known, look_up: LookUp) -> dict[str, Json]:
    """Only the fields that are passed through have a value."""
    platform = _Platform(Fields(dict(container.platform), f"The platform of '{component.name}'"), look_up)
    made: dict[str, Json] = dict.fromkeys(("affinity", "tolerations", "nodeSelector", "env", "volumes", "volumeMounts"))
    made["resources"] = {}
    for field in component.passthroughs:
        match field:
            case "RESOURCES":
                made["resources"] = _resources(container.resources, known)
            case "ENV":
                made["env"] = [{"name": name, "value": filled(value, known)} for name, value in container.env]
            case "KUBERNETES_NODE_SELECTOR":
                made["nodeSelector"] = platform.node_selector()
            case "KUBERNETES_TOLERATIONS":
                made["tolerations"] = list(platform.tolerations())
            case "KUBERNETES_AFFINITY":
                made["affinity"] = platform.affinity()
            case _ if field == PASSED:
                made |= _volumes(component, known, look_up)
    return made


def _resources(asked: Resources, known: Known) -> Json:
    limits = {"cpu": asked.cpu_limit, "memory": asked.memory_limit}
    if asked.accelerator_type:
        limits[filled(asked.accelerator_type, known)] = asked.accelerator_count
    requests = {"cpu": asked.cpu_request, "memory": asked.memory_request}
    return {"limits": _written(limits, known), "requests": _written(requests, known)}


def _written(quantities: Mapping[str, str], known: Known) -> Json:
    return {name: text for name, value in quantities.items() if (text := filled(value, known))}


def _volumes(component: Component, known: Known, look_up: LookUp) -> dict[str, Json]:
    volumes: list[Json] = []
    mounts: list[Json] = []
    if shared := known.words.get("workspace_path"):
        run = known.words["pipeline_job_resource_name"]
        if any(shared in as_text(value) for value in known.parameters().values()):
            volumes.append({"name": WORKSPACE, "persistentVolumeClaim": {"claimName": f"{run}-{WORKSPACE}"}})
            mounts.append({"name": WORKSPACE, "mountPath": WORKSPACE_PATH})
    for mount in every_mount(component):
        name = str(look_up(mount.name) or "")
        if name and (kind := _kind(mount, name)):
            volumes.append({"name": name, **kind})
            below: dict[str, Json] = {"subPath": mount.sub_path} if mount.sub_path != "." else {}
            mounts.append({"name": name, "mountPath": mount.path, **below})
    return {"volumes": volumes, "volumeMounts": mounts}


def _kind(mount: VolumeMount, name: str) -> dict[str, Json]:
    match mount.volume:
        case Volume.CLAIM:
            return {"persistentVolumeClaim": {"claimName": name}}
        case Volume.SECRET:
            return {"secret": {"secretName": name, "optional": mount.optional}}
        case Volume.CONFIG_MAP:
            return {"configMap": {"name": name, "optional": mount.optional}}
        case _:
            return {}  # which are the step's own


@dataclass(frozen=True, slots=True)
class _Platform:
    fields: Fields
    look_up: LookUp

    def node_selector(self) -> Json:
        selector = self.fields.inner("nodeSelector")
        given = self._given(selector, "nodeSelectorJson")
        return given if isinstance(given, dict) else dict(selector.inner("labels").value)

    def tolerations(self) -> Iterator[Json]:
        for entry in self.fields.rows("tolerations"):
            if "tolerationJson" in entry:
                given = self._given(entry, "tolerationJson")
                yield from given if isinstance(given, list) else [given] if given else []
            else:
                made = dict(entry.value)
                if "tolerationSeconds" in made:  # a text, since it has 64 bits
                    made["tolerationSeconds"] = int(entry.number("tolerationSeconds"))
                yield made

    def affinity(self) -> Json:
        """Of nodes, as kfp-kubernetes writes it; affinities to other pods mean nothing where there are none."""
        rules: dict[str, list[Json]] = {}
        for entry in self.fields.rows("nodeAffinity"):
            given = self._given(entry, "nodeAffinityJson")
            if isinstance(given, dict):
                return {"nodeAffinity": given}
            term: Json = {key: entry.get(key) for key in ("matchExpressions", "matchFields") if key in entry}
            if "weight" in entry:
                rules.setdefault(_SCHEDULING[1], []).append({"weight": int(entry.number("weight")), "preference": term})
            elif "nodeAffinityJson" not in entry:
                rules.setdefault(_SCHEDULING[0], []).append(term)
        if not rules:
            return None
        required, preferred = (rules.get(name, []) for name in _SCHEDULING)
        made: dict[str, Json] = {}
        if required:
            made[_SCHEDULING[0]] = {"nodeSelectorTerms": required}
        if preferred:
            made[_SCHEDULING[1]] = preferred
        return {"nodeAffinity": made}

    def _given(self, entry: Fields, name: str) -> Json:
        return whole(self.look_up(source(entry.inner(name)))) if name in entry else None
