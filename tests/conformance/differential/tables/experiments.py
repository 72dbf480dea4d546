# Values of every type are sent on purpose.
# mypy: disable-error-code="arg-type, var-annotated, no-untyped-call"
from collections.abc import Sequence
from typing import Final

from tests.conformance.differential.steps import Case, Step, delete, get, post, raw

E: Final = "{experiment}"
_ALL = "name LIKE '{name}%'"


def _create(name: object, **more: object) -> Step:
    return post("experiments/create", name=name, **more)


def _search(**fields: object) -> Step:
    return post("experiments/search", **{"max_results": 10, "filter": _ALL, **fields})


_THREE = (
    _create("{name}a", tags=[{"key": "t", "value": "1"}]).keep(a="experiment_id"),
    _create("{name}b", tags=[{"key": "t", "value": "2"}, {"key": "u", "value": "X"}]).keep(b="experiment_id"),
    _create("{name}C").keep(c="experiment_id"),
)
_FILTERS = (
    "name = '{name}a'", "name != '{name}a' AND name LIKE '{name}%'", "name LIKE '{name}_'", "name ILIKE '{name}c'", "name ilike '{name}c'",
    "name like '{name}_'", "name LIKE '%' AND name = '{name}b'", "attribute.name = '{name}a'", "attributes.name = '{name}a'",
    "attr.name = '{name}a'", "tags.t = '1'", "tag.t = '1'", "tags.t != '1'", "tags.t LIKE '%'", "tags.u ILIKE 'x'", "tags.u LIKE 'x'",
    "tags.u IS NULL AND name LIKE '{name}%'", "tags.u IS NOT NULL AND name LIKE '{name}%'", "tags.u is null AND name LIKE '{name}%'",
    "tags.`t` = '1'", 'tags."t" = "1"', "tags.t = '1' AND tags.t = '2'", "tags.t = '2' AND tags.u = 'X'",
    "creation_time > 0 AND name LIKE '{name}%'", "creation_time < 0", "creation_time >= 1.5 AND name LIKE '{name}%'", "creation_time = '1'",
    "last_update_time > 0 AND name LIKE '{name}%'", "last_update_time LIKE '1'", "experiment_id = '{a}'",
    "experiment_id IN ('{a}', '{b}')", "experiment_id NOT IN ('{a}') AND name LIKE '{name}%'", "experiment_id != '{a}' AND name LIKE '{name}%'",
    "experiment_id = {a}", "experiment_id > 1", "name > 'a'", "name IN ('{name}a')", "name IS NULL", "name = 5", "name = {name}a",
    "lifecycle_stage = 'active'", "artifact_location = 'x'", "bogus = 'x'", "metrics.x > 1", "params.x = '1'", "run.name = 'x'",
    "name = '{name}a' OR name = '{name}b'", "NOT name = 'x'", "(name = '{name}a')", "name =", "= 'x'", "name", "name = 'x' name = 'y'",
    "name == 'x'", "name = 'x' AND", "AND name = 'x'", ";", "name = 'x'; DROP TABLE experiments", "tags.t", "tags. = '1'",
    'name = "{name}a"', "name='{name}a'", "  name  =  '{name}a'  ", "name = '{name}a' and tags.t = '1'", "`name` = '{name}a'",
    "name = ''", "name LIKE ''", "name = 'a''b'", "name = 'a\\'b'", "tags.t = 1", "tags.t > '1'", "tags.t IN ('1')", "tags.\"a.b c\" = '1'",
    "creation_time IN (1)", "creation_time = 1e5", "creation_time = -1", "creation_time != 5 AND name LIKE '{name}%'", "experiment_id LIKE '1'",
    "experiment_id IN ()", "experiment_id IN ('x')", "experiment_id = 'x'", "experiment_id IN '{a}'", "experiment_id NOT IN ('{a}', '{b}', '{c}') AND name LIKE '{name}%'",
)  # fmt: skip
_ORDERS = (
    ["name"], ["name ASC"], ["name DESC"], ["name desc"], ["name asc"], ["creation_time"], ["creation_time DESC"], ["last_update_time"],
    ["experiment_id"], ["experiment_id DESC"], ["name", "experiment_id DESC"], ["bogus"], ["tags.t"], ["name up"], ["name ASC DESC"], [""],
    ["attribute.name"], ["`name`"], ["'name'"], ["lifecycle_stage"], ["name", "name"], ["name ASC, creation_time DESC"], [" name "],
)  # fmt: skip
_NAMES = (
    "",
    None,
    5,
    True,
    ["a"],
    {"a": 1},
    "{name}" + "x" * 400,
    "x" * 501,
    "../{name}",
    "a/b {name}",
    "Default",
    "ünïcode {name}",
    "{name}\n",
)
_LOCATIONS = (
    "", "s3://bucket/{name}", "s3://bucket/a#frag", "s3://b/a?q=1", "runs:/x", "relative/path", "file:///tmp/x", "/tmp/x", "x" * 2049,
    "s3://b/" + "x" * 2041, "mlflow-artifacts:/own", "mlflow-artifacts://host/own", "models:/x", "http://h/a", "s3://b/../a", 5, None, "s3://",
)  # fmt: skip
_IDS: Final = (
    "",
    None,
    "0",
    0,
    "999999",
    "abc",
    "-1",
    "1.5",
    " 1",
    "99999999999999999999",
    "1e3",
    True,
    [],
    "0x1",
)
_TAGS = (
    ("k", "v"), ("k", ""), ("", "v"), (None, "v"), ("k", None), ("k" * 250, "v"), ("k" * 251, "v"), ("k", "v" * 5000), ("k", "v" * 5001),
    ("k", "v" * 20_000), ("k", "v" * 20_001), ("a/b", "v"), ("a//b", "v"), ("../a", "v"), ("/a", "v"), ("a/", "v"), ("./a", "v"), (".", "v"), ("a b:c-d_e.f", "v"), ("a\tb", "v"), ("a,b", "v"),
    ("é", "v"), (5, "v"), ("k", 5), ("k", True), ("k", 1.5), ("k", {}), ("mlflow.note.content", "x"), ("k\n", "v"), ("k\u0000", "v"),
)  # fmt: skip


def _tag(key: object, value: object) -> Step:
    return post("experiments/set-experiment-tag", experiment_id=E, key=key, value=value)


CASES: Final[Sequence[Case]] = (
    *(Case(f"experiment named {name!r:.30} {len(str(name))}", (_create(name).keep(),)) for name in _NAMES),
    *(Case(f"experiment at {where!r:.30} {len(str(where))}", (
        _create("{name}", artifact_location=where), get("experiments/get-by-name", experiment_name="{name}"))) for where in _LOCATIONS),
    Case("experiment twice", (_create("{name}"), _create("{name}"), _create("{name} again"))),
    Case("experiment with tags", (
        _create("{name}", tags=[{"key": "b", "value": "1"}, {"key": "a", "value": "2"}]).keep(experiment="experiment_id"),
        get("experiments/get", experiment_id=E))),
    Case("experiment with equal tags", (
        _create("{name}", tags=[{"key": "b", "value": "1"}, {"key": "b", "value": "2"}]),
        get("experiments/get-by-name", experiment_name="{name}"))),
    *(Case(f"experiment with tags {n}", (_create("{name}", tags=tags),)) for n, tags in enumerate((
        [{"key": "b"}], [{"value": "b"}], [{}], "x", {"key": "a"}, [5], [{"key": "k", "value": "v" * 20_001}], [{"key": "k" * 251, "value": "v"}], [{"key": "a//b", "value": "v"}], None, [None]))),
    *(Case(f"experiment id {one!r} in {verb}", (step(one),)) for one in _IDS for verb, step in {
        "get": lambda one: get("experiments/get", experiment_id=one),
        "delete": lambda one: post("experiments/delete", experiment_id=one if one not in ("0", 0) else "77777"),
        "restore": lambda one: post("experiments/restore", experiment_id=one if one != "1" else "77777"),
        "update": lambda one: post("experiments/update", experiment_id=one if one not in ("0", 0) else "77777", new_name="{name}"),
        "tag": lambda one: post("experiments/set-experiment-tag", experiment_id=one if one not in ("0", 0) else "77777", key="k", value="v"),
        "untag": lambda one: post("experiments/delete-experiment-tag", experiment_id=one, key="k"),
        "run": lambda one: post("runs/create", experiment_id=one if one != "1" else "77777", run_name="r", start_time=5),
        "search": lambda one: post("runs/search", experiment_ids=[one], filter="tags.x = 'never'"),
        "models": lambda one: post("logged-models/search", experiment_ids=[one], filter="name = 'never'"),
    }.items()),
    *(Case(f"experiment tag {n}", (_tag(key, value), get("experiments/get", experiment_id=E)))
      for n, (key, value) in enumerate(_TAGS)),
    Case("experiment untagged", (
        _tag("k", "v"), post("experiments/delete-experiment-tag", experiment_id=E, key="k"), get("experiments/get", experiment_id=E),
        post("experiments/delete-experiment-tag", experiment_id=E, key="k"), post("experiments/delete-experiment-tag", experiment_id=E),
        post("experiments/delete-experiment-tag", experiment_id=E, key="../x"))),
    Case("experiment by name", (
        _create("{name}"), get("experiments/get-by-name", experiment_name="{name}"), get("experiments/get-by-name", experiment_name=""),
        get("experiments/get-by-name"), get("experiments/get-by-name", experiment_name="nowhere"), get("experiments/get-by-name", experimentName="{name}"))),
    Case("experiment's life", (
        _create("{name}").keep(experiment="experiment_id"), post("experiments/delete", experiment_id=E), post("experiments/delete", experiment_id=E),
        get("experiments/get", experiment_id=E), get("experiments/get-by-name", experiment_name="{name}"), _create("{name}"),
        post("experiments/update", experiment_id=E, new_name="{name}x"), _tag("k", "v"), post("experiments/delete-experiment-tag", experiment_id=E, key="k"),
        post("runs/create", experiment_id=E), post("logged-models", experiment_id=E), post("experiments/restore", experiment_id=E),
        post("experiments/restore", experiment_id=E), get("experiments/get", experiment_id=E))),
    Case("experiment renamed", (
        _create("{name}").keep(experiment="experiment_id"), _create("{name}y"), post("experiments/update", experiment_id=E, new_name="{name}x"),
        get("experiments/get", experiment_id=E), post("experiments/update", experiment_id=E, new_name="{name}y"),
        post("experiments/update", experiment_id=E, new_name="{name}x"), post("experiments/update", experiment_id=E),
        post("experiments/update", experiment_id=E, new_name=""), post("experiments/update", experiment_id=E, new_name="x" * 501), post("experiments/update", experiment_id=E, new_name=5))),
    Case("experiment's runs go and come with it", (
        post("runs/delete", run_id="{run}"), get("runs/get", run_id="{run2}"), post("experiments/delete", experiment_id=E),
        get("runs/get", run_id="{run2}"), post("runs/set-tag", run_id="{run2}", key="a", value="b"), post("runs/restore", run_id="{run2}"), get("runs/get", run_id="{run2}"),
        post("runs/search", experiment_ids=[E]), post("runs/search", experiment_ids=[E], run_view_type="DELETED_ONLY"), post("experiments/restore", experiment_id=E),
        post("runs/search", experiment_ids=[E]))),
    *(Case(f"experiments where {text}", (*_THREE, _search(filter=text))) for text in _FILTERS),
    *(Case(f"experiments by {order}", (*_THREE, _search(order_by=order))) for order in _ORDERS),
    *(Case(f"experiments' page of {most!r}", (*_THREE, _search(max_results=most))) for most in (
        0, -1, 1, 2, 3, 50_000, 50_001, "2", "x", 1.5, None, True, 2**63, "")),
    Case("experiments without a page", (post("experiments/search", filter="name = 'none'"), get("experiments/search", filter="name = 'none'"))),
    Case("experiments' pages", (
        *_THREE, _search(max_results=2).keep(t="next_page_token"), _search(max_results=2, page_token="{t}"), _search(max_results=3),
        _search(max_results=2, page_token="bogus"), _search(max_results=2, page_token="{t}x"), _search(max_results=2, page_token=""), _search(max_results=2, page_token=5))),
    *(Case(f"experiments' view {view!r}", (
        *_THREE, post("experiments/delete", experiment_id="{a}"), _search(view_type=view), get("experiments/search", max_results=5, filter=_ALL, view_type=view)))
      for view in ("ACTIVE_ONLY", "DELETED_ONLY", "ALL", 1, 2, 3, 0, 4, "1", "active_only", "", None, "bogus")),
    Case("experiments by GET", (
        *_THREE, get("experiments/search", max_results=2, filter=_ALL, order_by=["name DESC", "experiment_id"]),
        get("experiments/search", max_results=2, filter=_ALL, order_by="name DESC"), get("experiments/search", max_results="x"),
        get("/ajax-api/2.0/mlflow/experiments/search", max_results=2, filter=_ALL), get("experiments/search", maxResults=2, filter=_ALL, orderBy="name"))),
    Case("experiments' methods", (get("experiments/create"), post("experiments/get", experiment_id="0"), delete("experiments/delete"), get("experiments/list"), post("experiments/nowhere"))),
    Case("datasets of experiments", (
        post("runs/log-inputs", run_id="{run}", datasets=[
            {"dataset": {"name": "d", "digest": "1", "source_type": "s", "source": "x"}, "tags": [{"key": "mlflow.data.context", "value": "train"}]},
            {"dataset": {"name": "c", "digest": "1", "source_type": "s", "source": "x"}}]),
        *(raw(path, body) for path in ("/ajax-api/2.0/mlflow/experiments/search-datasets", "/api/2.0/mlflow/experiments/search-datasets", "/api/2.0mlflow/experiments/search-datasets")
          for body in (b'{"experiment_ids":["{experiment}"]}', b'{"experiment_ids":[]}', b"{}", b'{"experiment_ids":["999999"]}', b'{"experiment_ids":"x"}', b'{"experiment_ids":["abc"]}',
                       b'{"experiment_ids":[' + b",".join([b'"1"'] * 21) + b"]}")))),
)  # fmt: skip
