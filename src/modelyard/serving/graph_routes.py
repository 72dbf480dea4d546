"""Graphs in the directory, beside endpoints and under the same kind of name."""

from modelyard.domain import graphs as domain
from modelyard.domain.errors import NotFound, Unavailable
from modelyard.domain.serving_options import ServingOptions
from modelyard.formats.inference import Hints, InferenceRequest, InferenceResult
from modelyard.serving.dataplane import DataPlane
from modelyard.serving.directory import Directory
from modelyard.serving.graphs import Graph, Infer
from modelyard.serving.metadata import Metadata
from modelyard.serving.routes import Route
from modelyard.serving.served import Served

PLATFORM = "kserve_inference_graph"


class GraphRoute(Route):
    """A graph is served by itself: to the data plane it is one more revision with one more replica."""

    __slots__ = ("_directory", "graph")

    def __init__(self, graph: Graph, served: Served, directory: Directory) -> None:
        super().__init__(graph.name, [(served, 100)])
        self.graph = graph
        self._directory = directory

    def ready(self, version: str | None) -> Served:
        """Raises Unavailable when one of its endpoints could not answer now."""
        for service in self.graph.wiring.services:
            try:
                self._directory.lookup(service)
            except (NotFound, Unavailable) as error:
                raise Unavailable(f"Graph '{self.name}' needs '{service}': {error.message}") from None
        return super().ready(version)


def publish(plane: DataPlane, graph: domain.Graph) -> None:
    """Answers requests for the graph's name from now on; those that came before go the way they began."""
    number = graph.generation
    made = Graph(graph.name, graph.wiring, _of_endpoints(plane))
    options = ServingOptions(timeout=graph.wiring.timeout)
    served = Served(graph.name, str(number), Metadata(PLATFORM), [made], number, options)
    served.hears_headers = True  # the transformers of its endpoints
    plane.directory.publish(graph.name, GraphRoute(made, served, plane.directory))


def _of_endpoints(plane: DataPlane) -> Infer:
    """A graph within a graph is refused, so that none can lead to itself."""

    async def infer(name: str, request: InferenceRequest, seconds: float) -> InferenceResult:
        if isinstance(plane.directory.route(name), GraphRoute):
            raise Unavailable(f"'{name}' is a graph; the steps of a graph ask endpoints, or other nodes of it")
        return await plane.infer(name, request, None, Hints(seconds=seconds))

    return infer
