import { useQuery } from "@tanstack/react-query";
import { Target } from "lucide-react";
import { runQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { Button } from "@/components/button";
import { Link, to } from "@/components/link";
import { useAddress } from "@/components/use-address";
import { nextBaseline, useBaselineKey } from "@/components/use-baseline-key";

/** Which run this one is measured against, if somebody chose one. */
export function Baseline({ run }: { run: Run }) {
  const [search, change] = useAddress();
  const id = search.base ?? "";
  const base = useQuery({ ...runQuery(id), enabled: id !== "" && id !== run.id });
  useBaselineKey(() => change({ base: nextBaseline([], search.base, run.id) }));
  if (!id) return null;
  return (
    <p className="row wrap small" role="status" style={{ margin: 0 }}>
      <Target size={14} aria-hidden />
      {id === run.id ? (
        "This run is the baseline."
      ) : base.error ? (
        "The baseline cannot be found."
      ) : (
        <span>
          Against the baseline <Link to={to.run(run.experiment_id, id, `?base=${id}`)}>{base.data?.name ?? id.slice(0, 8)}</Link>
        </span>
      )}
      <Link to={to.experiment(run.experiment_id, `?base=${id}`)}>All runs against it</Link>
      <Button quiet small onClick={() => change({ base: undefined })}>
        No baseline
      </Button>
    </p>
  );
}
