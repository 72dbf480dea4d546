import { useMemo } from "react";
import { useAddress } from "@/components/use-address";
import { plansOf } from "@/lib/pipelines/ir";
import { flat, nodesOf, openOf, openText, usual } from "@/lib/pipelines/run-graph";
import { useNarrow } from "./hooks";
import { Graph } from "./graph";
import css from "./pipelines.module.css";
import { TaskPanel } from "./task-panel";
import { Timeline } from "./timeline";

/** What a version would run. A task of it is in the address by its path. */
export function PlanGraph({ document, name }: { document: unknown; name: string }) {
  const [search, change] = useAddress();
  const narrow = useNarrow();
  const plans = useMemo(() => plansOf(document), [document]);
  const open = useMemo(() => openOf(search.open, usual(plans)), [search.open, plans]);
  const nodes = useMemo(() => nodesOf(plans, [], open), [plans, open]);
  const chosen = flat(nodes, open).find(({ node }) => node.path === search.task)?.node ?? null;
  const shared = {
    nodes,
    open,
    setOpen: (next: typeof open) => change({ open: openText(next) }),
    chosen: chosen?.path ?? "",
    choose: (node: { path: string }) => change({ task: node.path, log: undefined }),
    now: 0,
  };
  return (
    <div className={css.split} data-panel={chosen !== null}>
      {narrow ? <Timeline {...shared} /> : <Graph {...shared} label={`Graph of ${name}`} />}
      {chosen && <TaskPanel task={null} plan={chosen.plan} document={document} now={0} close={() => change({ task: undefined, log: undefined })} />}
    </div>
  );
}
