import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { runsQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { to } from "@/components/link";
import { tell, tellError } from "@/components/toasts";

/** The runs that began just before and after this one, looked for when somebody wants to go there: `[` and `]`. */
export function useNeighbours(run: Run): { previous: () => void; next: () => void } {
  const router = useRouter();
  const client = useQueryClient();
  const go = async (filter: string, order: string, none: string) => {
    const asked = { experiment_ids: [run.experiment_id], fields: [], limit: 1, filter, order_by: [order] };
    const [found] = (await client.fetchQuery(runsQuery(asked))).items;
    if (found) await router.navigate({ href: to.run(found.experiment_id, found.id) + window.location.search });
    else tell(none);
  };
  const previous = () => void go(`start_time > ${run.started_at}`, "start_time ASC", "This is the newest run").catch(tellError);
  const next = () => void go(`start_time < ${run.started_at}`, "start_time DESC", "This is the oldest run").catch(tellError);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
      if (event.key === "[") previous();
      if (event.key === "]") next();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
  return { previous, next };
}
