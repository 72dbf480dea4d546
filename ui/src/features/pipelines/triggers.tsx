import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { pipelinesQuery } from "@/api/pipelines";
import type { Trigger } from "@/api/schema";
import { triggersQuery } from "@/api/triggers";
import { Button } from "@/components/button";
import { Link } from "@/components/link";
import { EmptyState, Loaded } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { grouped, plural } from "@/lib/format";
import { triggersCode } from "./code";
import { Section } from "./section";
import { TriggerForm } from "./trigger-form";
import { TriggerSecret } from "./trigger-secret";
import { TriggerTable } from "./trigger-table";

/** What starts runs when something happens: a webhook, a new version of a model, a move of an alias. */
export function Triggers() {
  const [search, change] = useAddress();
  const [told, tellSecret] = useState<Trigger | null>(null);
  const found = useQuery({ ...triggersQuery(), refetchInterval: 15_000 });
  const pipelines = useQuery(pipelinesQuery());
  const kept = pipelines.data?.items ?? [];
  const on = found.data?.items.filter((one) => one.enabled).length ?? 0;
  const made = (trigger: Trigger) => {
    change({ new: undefined, id: trigger.id });
    if (trigger.secret) tellSecret(trigger);
  };
  return (
    <Section
      at="/triggers"
      name="Triggers"
      code={triggersCode(window.location.origin)}
      facts={found.data && <span>{plural(found.data.total, "trigger")}, {on} on</span>}
      actions={
        <Button disabled={kept.length === 0} onClick={() => change({ new: kept[0]?.id })}>
          <Plus size={14} aria-hidden /> New trigger
        </Button>
      }
    >
      <Loaded query={found} what="The triggers">
        {({ items, total }) =>
          items.length === 0 ? (
            <EmptyState title="No triggers">
              <p className="muted">
                A trigger starts a run of a <Link to="/pipelines">pipeline</Link> when a model gets a version, when an alias moves, or when another program sends a signed
                delivery. What shall start at times is a <Link to="/schedules">schedule</Link>.
              </p>
            </EmptyState>
          ) : (
            <>
              <TriggerTable items={items} names={new Map(kept.map((one) => [one.id, one.display_name || one.name]))} tellSecret={tellSecret} />
              {items.length < total && <p className="muted">Showing {grouped(items.length)} of {grouped(total)}</p>}
            </>
          )
        }
      </Loaded>
      {search.new && kept.length > 0 && <TriggerForm key={search.new} pipelines={kept} pipeline={search.new} made={made} close={() => change({ new: undefined })} />}
      {told && <TriggerSecret trigger={told} close={() => tellSecret(null)} />}
    </Section>
  );
}
