import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { runsQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { to } from "@/components/link";

/** The runs that began just before and after this one: `[` and `]`. */
export function useNeighbours(run: Run): { previous: (() => void) | undefined; next: (() => void) | undefined } {
  const router = useRouter();
  const asked = { experiment_ids: [run.experiment_id], fields: [], limit: 1 };
  const newer = useQuery(runsQuery({ ...asked, filter: `start_time > ${run.started_at}`, order_by: ["start_time ASC"] }));
  const older = useQuery(runsQuery({ ...asked, filter: `start_time < ${run.started_at}` }));
  const go = (found: Run | undefined) => found && (() => void router.navigate({ href: to.run(found.experiment_id, found.id) + window.location.search }));
  const previous = go(newer.data?.items[0]);
  const next = go(older.data?.items[0]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
      if (event.key === "[") previous?.();
      if (event.key === "]") next?.();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
  return { previous, next };
}
