import { useQuery } from "@tanstack/react-query";
import { schedulesQuery } from "@/api/pipelines";
import { Link } from "@/components/link";
import { plural } from "@/lib/format";
import { schedulesCode } from "./code";
import { ScheduleTable } from "./schedule-table";
import { Section } from "./section";

export function Schedules() {
  const found = useQuery(schedulesQuery());
  const on = found.data?.items.filter((one) => one.enabled).length ?? 0;
  return (
    <Section at="/schedules" name="Schedules" code={schedulesCode(window.location.origin)} facts={found.data && <span>{plural(found.data.total, "schedule")}, {on} on</span>}>
      <ScheduleTable
        none={
          <>
            Open a <Link to="/pipelines">pipeline</Link> and press Schedule, or call <code>client.create_recurring_run(...)</code>. What shall start when something happens is a <Link to="/triggers">trigger</Link>.
          </>
        }
      />
    </Section>
  );
}
