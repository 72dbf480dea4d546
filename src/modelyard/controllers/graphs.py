from modelyard.domain.graphs import Graph
from modelyard.services.graphs import Graphs
from modelyard.serving import graph_routes
from modelyard.serving.dataplane import DataPlane


class GraphController:
    """Makes the graphs that are answered the ones that are wanted."""

    def __init__(self, graphs: Graphs, plane: DataPlane) -> None:
        self._graphs = graphs
        self._plane = plane
        self._fingerprint: tuple[object, ...] = ()
        self._published: dict[str, Graph] = {}

    async def look(self) -> None:
        """One look; a graph needs nothing to be started, so afterwards all of them answer."""
        fingerprint = await self._graphs.fingerprint()
        if fingerprint == self._fingerprint:
            return
        wanted = {graph.name: graph for graph in await self._graphs.wanted()}
        for name in self._published.keys() - wanted.keys():
            self._plane.directory.withdraw(name)
        for name, graph in wanted.items():
            if graph != self._published.get(name):
                graph_routes.publish(self._plane, graph)
        self._published, self._fingerprint = wanted, fingerprint
