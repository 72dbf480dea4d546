/** Addresses that MLflow's and KFP's clients print, which begin with `/#/`, as ours. */

type Rule = [RegExp, (parts: string[], query: URLSearchParams) => string | null];

const rules: Rule[] = [
  [/^\/runs\/details\/([^/]+)(?:\/.*)?$/, ([id]) => `/pipelines/runs/${id}`],
  [/^\/runs\/?$/, () => "/pipelines/runs"],
  [/^\/pipelines\/details\/([^/]+)\/version\/([^/]+)$/, ([id, version]) => `/pipelines/${id}?version=${version}`],
  [/^\/pipelines\/details\/([^/]+)$/, ([id]) => `/pipelines/${id}`],
  [/^\/pipelines\/?$/, () => "/pipelines"],
  [/^\/recurringruns?\/details\/([^/]+)$/, ([id]) => `/schedules?id=${id}`],
  [/^\/recurringruns?\/?$/, () => "/schedules"],
  [/^\/experiments\/details\/([^/]+)$/, ([id]) => `/experiments/${id}`],
  [/^\/experiments\/(\d+)\/runs\/([^/]+)\/(?:artifacts|artifactPath)\/(.+)$/, ([id, run, path]) => `/experiments/${id}/runs/${run}?tab=artifacts&path=${encodeURIComponent(decodeURIComponent(path ?? ""))}`],
  [/^\/experiments\/(\d+)\/runs\/([^/]+)\/artifacts$/, ([id, run]) => `/experiments/${id}/runs/${run}?tab=artifacts`],
  [/^\/experiments\/(\d+)\/runs\/([^/]+)\/model-metrics$/, ([id, run]) => `/experiments/${id}/runs/${run}?tab=charts`],
  [/^\/experiments\/(\d+)\/runs\/([^/]+)\/system-metrics$/, ([id, run]) => `/experiments/${id}/runs/${run}?tab=system`],
  [/^\/experiments\/(\d+)\/runs\/([^/]+)(?:\/.*)?$/, ([id, run]) => `/experiments/${id}/runs/${run}`],
  [/^\/experiments\/(\d+)(?:\/.*)?$/, ([id], query) => `/experiments/${id}${viewOf(query)}`],
  [/^\/experiments(?:\/.*)?$/, () => "/experiments"],
  [/^\/compare-runs$/, (_, query) => compared(query.get("runs"))],
  [/^\/compare$/, (_, query) => `/pipelines/compare?runs=${(query.get("runlist") ?? "").split(",").map(encodeURIComponent).join(",")}`],
  [/^\/metric\/.*$/, (_, query) => compared(query.get("runs"))],
  [/^\/models\/([^/]+)\/versions\/(\d+)(?:\/.*)?$/, ([name, version]) => `/models/${name}/versions/${version}`],
  [/^\/models\/([^/]+)(?:\/.*)?$/, ([name]) => `/models/${name}`],
  [/^\/models\/?$/, () => "/models"],
  [/^\/endpoints(?:\/([^/]+))?(?:\/.*)?$/, ([name]) => (name ? `/endpoints/${name}` : "/endpoints")],
  [/^\/?$/, () => "/"],
];

/** Null for a hash that is none of theirs. */
export function ours(hash: string): string | null {
  if (!hash.startsWith("#/")) return null;
  const [path = "", query = ""] = hash.slice(1).split(/\?(.*)/s);
  for (const [pattern, target] of rules) {
    const found = pattern.exec(path);
    if (found) return target(found.slice(1), new URLSearchParams(query));
  }
  return null;
}

function viewOf(query: URLSearchParams): string {
  const ours = new URLSearchParams();
  const filter = query.get("searchFilter");
  if (filter) ours.set("q", filter);
  const key = query.get("orderByKey");
  if (key) {
    const plain = key.replaceAll("`", "").replace(/^attributes\.start_time$/, "a.started");
    const short = plain.replace(/^metrics\./, "m.").replace(/^params\./, "p.").replace(/^tags\./, "t.");
    ours.set("sort", `${query.get("orderByAsc") === "true" ? "" : "-"}${short}`);
  }
  if (query.get("compareRunsMode") === "CHART") ours.set("view", "charts");
  const text = ours.toString();
  return text ? `?${text}` : "";
}

function compared(runs: string | null): string | null {
  try {
    const ids: unknown = JSON.parse(runs ?? "[]");
    return Array.isArray(ids) ? `/compare?runs=${ids.map(String).join(",")}` : null;
  } catch {
    return null;
  }
}
