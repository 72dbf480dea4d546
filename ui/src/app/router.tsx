import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { experimentQuery, experimentsQuery, keysQuery, modelQuery, modelsQuery, runQuery, versionQuery, versionsQuery } from "@/api/queries";
import { pipelineQuery, pipelineRunQuery, pipelinesQuery } from "@/api/pipelines";
import { Crash, NotThere } from "./failures";
import * as search from "./search";
import { Shell } from "./shell";

type Context = { client: QueryClient };
type Options = { queryKey: readonly unknown[] };

/** A page's data is asked for while its code is still on the way; what is there already, the page itself asks anew. */
function early({ client }: Context, ...wanted: readonly Options[]): void {
  for (const one of wanted) void client.prefetchQuery({ ...one, staleTime: Infinity });
}

const root = createRootRouteWithContext<Context>()({
  component: Shell,
  notFoundComponent: NotThere,
  errorComponent: Crash,
});
const at = <Path extends string>(path: Path) => ({ getParentRoute: () => root, path }) as const;

const routes = [
  createRoute({ ...at("/"), validateSearch: search.plain, component: lazyRouteComponent(() => import("@/features/home/home"), "Home") }),
  createRoute({
    ...at("/experiments"),
    validateSearch: search.experiments,
    loader: ({ context }) => early(context, experimentsQuery()),
    component: lazyRouteComponent(() => import("@/features/experiments/experiments"), "Experiments"),
  }),
  createRoute({
    ...at("/experiments/$id"),
    validateSearch: search.runs,
    loader: ({ context, params }) => early(context, experimentQuery(params.id), keysQuery([params.id], null)),
    component: lazyRouteComponent(() => import("@/features/runs/runs-page"), "RunsPage"),
  }),
  createRoute({
    ...at("/experiments/$id/runs/$run"),
    validateSearch: search.run,
    loader: ({ context, params }) => early(context, runQuery(params.run), experimentQuery(params.id)),
    component: lazyRouteComponent(() => import("@/features/run/run-page"), "RunPage"),
  }),
  createRoute({
    ...at("/compare"),
    validateSearch: search.compare,
    component: lazyRouteComponent(() => import("@/features/compare/compare"), "Compare"),
  }),
  createRoute({
    ...at("/models"),
    validateSearch: search.experiments,
    loader: ({ context }) => early(context, modelsQuery()),
    component: lazyRouteComponent(() => import("@/features/models/models"), "Models"),
  }),
  createRoute({
    ...at("/models/$name"),
    validateSearch: search.model,
    loader: ({ context, params }) => early(context, modelQuery(params.name), versionsQuery(params.name)),
    component: lazyRouteComponent(() => import("@/features/models/model-page"), "ModelPage"),
  }),
  createRoute({
    ...at("/models/$name/versions/$version"),
    validateSearch: search.version,
    loader: ({ context, params }) => early(context, versionQuery(params.name, params.version), modelQuery(params.name), versionsQuery(params.name)),
    component: lazyRouteComponent(() => import("@/features/models/version-page"), "VersionPage"),
  }),
  createRoute({
    ...at("/pipelines"),
    validateSearch: search.pipelines,
    loader: ({ context }) => early(context, pipelinesQuery()),
    component: lazyRouteComponent(() => import("@/features/pipelines/pages"), "Pipelines"),
  }),
  createRoute({
    ...at("/pipelines/runs"),
    validateSearch: search.pipelineRuns,
    component: lazyRouteComponent(() => import("@/features/pipelines/pages"), "PipelineRuns"),
  }),
  createRoute({
    ...at("/pipelines/compare"),
    validateSearch: search.pipelineComparison,
    component: lazyRouteComponent(() => import("@/features/pipelines/pages"), "ComparePipelineRuns"),
  }),
  createRoute({
    ...at("/pipelines/runs/$run"),
    validateSearch: search.pipelineRun,
    loader: ({ context, params }) => early(context, pipelineRunQuery(params.run)),
    component: lazyRouteComponent(() => import("@/features/pipelines/pages"), "PipelineRunPage"),
  }),
  createRoute({
    ...at("/pipelines/$id"),
    validateSearch: search.pipeline,
    loader: ({ context, params }) => early(context, pipelineQuery(params.id)),
    component: lazyRouteComponent(() => import("@/features/pipelines/pages"), "PipelinePage"),
  }),
  createRoute({
    ...at("/schedules"),
    validateSearch: search.schedules,
    component: lazyRouteComponent(() => import("@/features/pipelines/pages"), "Schedules"),
  }),
  createRoute({
    ...at("/triggers"),
    validateSearch: search.schedules,
    component: lazyRouteComponent(() => import("@/features/pipelines/pages"), "Triggers"),
  }),
  createRoute({ ...at("/endpoints"), validateSearch: search.plain, component: lazyRouteComponent(() => import("@/features/endpoints/endpoints"), "Endpoints") }),
  createRoute({
    ...at("/endpoints/$name"),
    validateSearch: search.endpoint,
    component: lazyRouteComponent(() => import("@/features/endpoints/endpoint-page"), "EndpointPage"),
  }),
  createRoute({ ...at("/gallery"), component: lazyRouteComponent(() => import("@/features/gallery/gallery"), "Gallery") }),
  createRoute({ ...at("/settings"), validateSearch: search.plain, component: lazyRouteComponent(() => import("@/features/settings/settings"), "Settings") }),
] as const;

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren(routes),
    context: { client },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    parseSearch: search.parse,
    stringifySearch: search.stringify,
    defaultErrorComponent: Crash,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
