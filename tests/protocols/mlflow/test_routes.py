from modelyard.protocols.http.routing import PUBLIC
from modelyard.protocols.mlflow import routes

OPEN = {"/health", "/version", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"}


def test_every_endpoint_is_there_for_programs_and_for_pages() -> None:
    listed = {(route.method, route.path) for route in routes.ROUTES}
    for method, path in list(listed):
        if path.startswith("/api/"):
            assert (method, f"/ajax-api{path.removeprefix('/api')}") in listed


def test_bulk_histories_are_for_pages_only() -> None:
    paths = {route.path for route in routes.ROUTES}
    assert "/ajax-api/2.0/mlflow/metrics/get-history-bulk" in paths
    assert "/api/2.0/mlflow/metrics/get-history-bulk" not in paths


def test_only_what_says_nothing_about_anybodys_work_is_public() -> None:
    assert {route.path for route in routes.ROUTES if route.action == PUBLIC} == OPEN


def test_no_route_is_there_twice() -> None:
    listed = [(route.method, route.path) for route in routes.ROUTES]
    assert len(set(listed)) == len(listed)
