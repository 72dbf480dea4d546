import { useQuery } from "@tanstack/react-query";
import { scheduleTimesQuery } from "@/api/pipelines";
import { Ago } from "@/components/time";
import { Skeleton } from "@/components/states";
import css from "./pipelines.module.css";

type Plan = { cron: string; every: number; start_at?: number | null; end_at?: number | null };

const parts = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" } as const;
const local = new Intl.DateTimeFormat("en-GB", parts);
const utc = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" });

/** When a plan starts runs, in the viewer's zone and in UTC; `first`: the slot that is due next. */
export function NextTimes({ plan, first = null }: { plan: Plan; first?: number | null }) {
  const found = useQuery(scheduleTimesQuery({ ...plan, after: first }));
  if (found.error) return <p role="alert" className={css.trouble}>{found.error.message}</p>;
  if (!found.data) return <Skeleton rows={3} />;
  const times = (first ? [first, ...found.data.items] : found.data.items).slice(0, 5);
  if (times.length === 0) return <p className="muted">It would start nothing.</p>;
  return (
    <ol className={css.times} aria-label="Next runs">
      {times.map((at) => (
        <li key={at}>
          <strong>{local.format(at)}</strong>{" "}
          <span className="muted">
            {utc.format(at) === local.format(at) ? "UTC" : `${utc.format(at)} UTC`}, <Ago at={at} />
          </span>
        </li>
      ))}
    </ol>
  );
}
