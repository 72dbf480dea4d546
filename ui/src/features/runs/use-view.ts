import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { keysQuery } from "@/api/queries";
import type { Experiment, LoggedKey, SearchRuns } from "@/api/schema";
import { useAddress } from "@/components/use-address";
import type { Search } from "@/components/use-address";
import { bestBy } from "@/lib/best";
import type { BestBy } from "@/lib/best";
import { colorTag } from "@/lib/colors";
import * as columns from "@/lib/columns";
import type { Column } from "@/lib/columns";
import { adding, written } from "@/lib/filter";
import { byImportance, isSystem } from "@/lib/metrics";
import { isOwnTag, parentTag } from "@/lib/run-data";

export type Sort = { column: Column; ascending: boolean };
export type Mode = "table" | "curves" | "scatter" | "groups" | "contour" | "parallel";
const kinds = ["scatter", "groups", "contour"] as const;
const fewMetrics = 5;
const fewParams = 6;

export type View = {
  experiment: string;
  mode: Mode;
  search: Search;
  change: (wanted: Search, keepInHistory?: boolean) => void;
  filter: string;
  columns: readonly Column[];
  chosenByUser: boolean;
  sort: Sort;
  nests: boolean;
  hasNested: boolean;
  asked: SearchRuns;
  /** What tells the best run, where somebody chose it. */
  primary: BestBy | null;
  keys: { metrics: readonly LoggedKey[]; params: readonly LoggedKey[]; tags: readonly LoggedKey[] };
  ready: boolean;
};

/** What the address says is to be seen of an experiment's runs; where it is silent, what differs most. */
export function useView(id: string, experiment: Experiment | undefined): View {
  const [search, change] = useAddress();
  const ids = useMemo(() => [id], [id]);
  const logged = useQuery(keysQuery(ids, null));
  const keys = useMemo(() => {
    const of = (kind: LoggedKey["kind"]) => (logged.data?.items ?? []).filter((one) => one.kind === kind);
    return { metrics: of("metrics"), params: of("params"), tags: of("tags") };
  }, [logged.data]);
  const primary = useMemo(() => bestBy(experiment?.tags ?? {}), [experiment]);
  const ready = !logged.isPending && experiment !== undefined;
  const shown = useMemo(() => chosen(search.cols) ?? usual(keys, primary), [search.cols, keys, primary]);
  const sort = useMemo(() => sortOf(search.sort), [search.sort]);
  const filter = search.q ?? "";
  const hasNested = keys.tags.some((one) => one.key === parentTag);
  const mode = modeOf(search);
  const nests = hasNested && search.flat !== "1" && !filter && !search.group && !laysOut(mode);
  const trash = search.trash === "1";
  const besides = useMemo(() => {
    const axes = [search.across, search.up, search.by].map((one) => (one ? columns.parse(one) : null)).filter((one) => one !== null);
    return primary ? [...axes, metric(primary.key)] : axes;
  }, [search.across, search.up, search.by, primary]);
  const asked = useMemo((): SearchRuns => {
    const key = columns.serverKey(sort.column);
    const order = key ? [`${key} ${sort.ascending ? "ASC" : "DESC"}`] : [];
    return {
      experiment_ids: ids,
      filter: nests ? adding("", `${written("tags", parentTag)} IS NULL`) : filter,
      order_by: sort.column.key === "started" && !sort.ascending ? [] : order,
      view: trash ? "deleted" : "active",
      fields: columns.fields([...shown, ...besides, colorColumn]),
    };
  }, [ids, filter, nests, sort, trash, shown, besides]);
  return { experiment: id, primary, mode, search, change, filter, columns: shown, chosenByUser: Boolean(search.cols), sort, nests, hasNested, asked, keys, ready };
}

function modeOf(search: Search): Mode {
  if (search.view === "parallel") return "parallel";
  if (search.view !== "charts") return "table";
  return kinds.find((one) => one === search.charts) ?? "curves";
}

/** Views with a place for every run, nested or not. */
export function laysOut(mode: Mode): boolean {
  return mode !== "table" && mode !== "curves";
}

function chosen(text: string | undefined): Column[] | null {
  if (!text) return null;
  const found = text.split(",").map(columns.parse).filter((one) => one !== null);
  return found.length > 0 ? found : null;
}

const colorColumn: Column = { kind: "t", key: colorTag };
const metric = (key: string): Column => ({ kind: "m", key });

/** What tells the best run; when and how long; then the metrics that most runs have; then the params that differ. */
function usual(keys: View["keys"], primary: BestBy | null): Column[] {
  const differing = keys.params.filter((one) => one.values > 1);
  const times: Column[] = [
    { kind: "a", key: "started" },
    { kind: "a", key: "duration" },
  ];
  const narrow = window.innerWidth < 600;
  const telling = keys.metrics.map((one) => one.key).filter((key) => !isSystem(key));
  const [first, ...others] = [
    ...telling.filter((key) => key === primary?.key),
    ...telling.filter((key) => key !== primary?.key).toSorted(byImportance),
  ].slice(0, fewMetrics);
  const main: Column[] = first === undefined ? [] : [{ ...metric(first), ...(narrow ? {} : { shown: "line" }) }];
  return [
    ...(primary ? main : []),
    ...(narrow ? [] : times),
    ...(primary ? [] : main),
    ...others.map(metric),
    ...(differing.length > 0 ? differing : keys.params).slice(0, fewParams).map((one): Column => ({ kind: "p", key: one.key })),
    ...keys.tags
      .filter((one) => !isOwnTag(one.key) && one.values > 1)
      .slice(0, 2)
      .map((one): Column => ({ kind: "t", key: one.key })),
    ...(narrow ? times : []),
  ];
}

function sortOf(text: string | undefined): Sort {
  const descending = text?.startsWith("-") ?? true;
  const column = columns.parse((text ?? "").replace(/^-/, ""));
  return column ? { column, ascending: !descending } : { column: { kind: "a", key: "started" }, ascending: false };
}

export function spellSort(sort: Sort): string | undefined {
  const text = `${sort.ascending ? "" : "-"}${columns.spell(sort.column)}`;
  return text === "-a.started" ? undefined : text;
}
