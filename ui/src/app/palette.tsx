import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Box, CalendarClock, FlaskConical, Keyboard, Moon, Play, RadioTower, Sun, Workflow, Zap } from "lucide-react";
import { Dialog as Base } from "radix-ui";
import { useDeferredValue, useState } from "react";
import type { ReactNode } from "react";
import { endpointsQuery, experimentsQuery, modelsQuery, runsQuery } from "@/api/queries";
import { pipelineRunQuery, pipelinesQuery, schedulesQuery } from "@/api/pipelines";
import { triggersQuery } from "@/api/triggers";
import { to } from "@/components/link";
import { chooseTheme } from "@/components/theme";
import overlay from "@/components/overlay.module.css";
import { quoted } from "@/lib/filter";
import css from "./palette.module.css";
import { entries, further } from "./places";

const few = 6;

/** Everything on the server by name: experiments, runs, models, pipelines, endpoints, and what can be done anywhere. */
export default function Palette({ close, showKeys }: { close: () => void; showKeys: () => void }) {
  const router = useRouter();
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const like = wanted ? `name ILIKE ${quoted(`%${wanted}%`)}` : "";
  const experiments = useQuery(experimentsQuery(like, "active", few));
  const models = useQuery(modelsQuery(like, few));
  const endpoints = useQuery(endpointsQuery());
  const pipelines = useQuery(pipelinesQuery(wanted, few));
  const schedules = useQuery({ ...schedulesQuery(), enabled: wanted.length > 1 });
  const triggers = useQuery({ ...triggersQuery(), enabled: wanted.length > 1 });
  const all = useQuery(experimentsQuery());
  const homes = (all.data?.items ?? []).map((one) => one.id);
  const isId = /^[0-9a-f]{32}$/.test(wanted);
  const runs = useQuery({
    ...runsQuery({
      experiment_ids: homes,
      filter: isId ? `run_id = '${wanted}'` : `run_name ILIKE ${quoted(`%${wanted}%`)}`,
      fields: [],
      limit: few,
    }),
    enabled: wanted.length > 1 && homes.length > 0,
  });
  const pipelineRun = useQuery({ ...pipelineRunQuery(wanted), enabled: isId, retry: false });
  const go = (href: string) => {
    close();
    void router.navigate({ href });
  };
  const item = (href: string, label: string, kind: string, icon: ReactNode) => (
    <Command.Item key={href} value={href} onSelect={() => go(href)}>
      {icon}
      <span className="ellipsis grow">{label}</span>
      <span className="muted small">{kind}</span>
    </Command.Item>
  );
  const matching = (name: string) => name.toLowerCase().includes(wanted.toLowerCase());
  return (
    <Base.Root open onOpenChange={(open) => open || close()}>
      <Base.Portal>
        <Base.Overlay className={overlay.scrim} />
        <Base.Content className={`${overlay.dialog} ${css.box}`} aria-describedby={undefined}>
          <Base.Title className="visually-hidden">Search</Base.Title>
          <Command shouldFilter={false} label="Search" className={css.root}>
            <Command.Input value={text} onValueChange={setText} placeholder="Experiments, runs, models, pipelines, endpoints…" className={css.input} />
            <Command.List className={css.list}>
              <Command.Empty className={css.hint}>Nothing is called that</Command.Empty>
              <Command.Group heading="Experiments">
                {experiments.data?.items.map((one) => item(to.experiment(one.id), one.name, "experiment", <FlaskConical size={14} />))}
              </Command.Group>
              {wanted.length > 1 && (
                <Command.Group heading="Runs">
                  {runs.data?.items.map((one) => item(to.run(one.experiment_id, one.id), one.name, one.id.slice(0, 8), <Play size={14} />))}
                </Command.Group>
              )}
              <Command.Group heading="Models">
                {models.data?.items.map((one) => item(to.model(one.name), one.name, "model", <Box size={14} />))}
              </Command.Group>
              <Command.Group heading="Pipelines">
                {isId && pipelineRun.data && item(to.pipelineRun(wanted), pipelineRun.data.run.name, "pipeline run", <Workflow size={14} />)}
                {pipelines.data?.items.map((one) => item(to.pipeline(one.id), one.display_name || one.name, "pipeline", <Workflow size={14} />))}
              </Command.Group>
              {wanted.length > 1 && (
                <Command.Group heading="What starts them">
                  {schedules.data?.items.filter((one) => matching(one.name)).slice(0, few).map((one) => item(`/schedules?id=${one.id}`, one.name, "schedule", <CalendarClock size={14} />))}
                  {triggers.data?.items.filter((one) => matching(one.name)).slice(0, few).map((one) => item(`/triggers?id=${one.id}`, one.name, "trigger", <Zap size={14} />))}
                </Command.Group>
              )}
              <Command.Group heading="Endpoints">
                {endpoints.data?.items
                  .filter((one) => matching(one.name))
                  .slice(0, few)
                  .map((one) => item(to.endpoint(one.name), one.name, one.status.phase, <RadioTower size={14} />))}
              </Command.Group>
              <Command.Group heading="Go to">
                {entries.filter((one) => matching(one.label)).map((one) => item(one.to, one.label, `g ${one.key}`, <one.icon size={14} />))}
                {wanted && further.filter((one) => matching(one.label)).map((one) => item(one.to, one.label, "", <one.icon size={14} />))}
              </Command.Group>
              {[
                { label: "Light theme", act: () => chooseTheme("light"), icon: <Sun size={14} /> },
                { label: "Dark theme", act: () => chooseTheme("dark"), icon: <Moon size={14} /> },
                { label: "Show all keys", act: showKeys, icon: <Keyboard size={14} /> },
              ]
                .filter((one) => matching(one.label))
                .map((one) => (
                  <Command.Item
                    key={one.label}
                    value={one.label}
                    onSelect={() => {
                      close();
                      one.act();
                    }}
                  >
                    {one.icon}
                    {one.label}
                  </Command.Item>
                ))}
            </Command.List>
          </Command>
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}
