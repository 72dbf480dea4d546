import { useQuery } from "@tanstack/react-query";
import { eventsQuery } from "@/api/queries";
import type { Event, Experiment } from "@/api/schema";
import { Link, to } from "@/components/link";
import { Loaded, wordOf } from "@/components/states";
import { Ago } from "@/components/time";
import css from "./home.module.css";
import { List } from "./list";

const most = 10;

/** The newest changes, in words. */
export function Activity({ experiments }: { experiments: readonly Experiment[] }) {
  const events = useQuery(eventsQuery(undefined, undefined, 60));
  const names = new Map(experiments.map((one) => [one.id, one.name]));
  return (
    <Loaded query={events} what="Events">
      {({ items }) => (
        <List none="Nothing has happened yet">
          {items
            .filter((event) => event.kind !== "artifact" && event.kind !== "run")
            .slice(0, most)
            .map((event) => (
              <li key={event.id}>
                <span className={`grow ellipsis ${css.said}`}>
                  {said(event)} <Subject event={event} names={names} />
                </span>
                <span className="muted small">{event.actor}</span>
                <span className="muted small">
                  <Ago at={event.at} />
                </span>
              </li>
            ))}
        </List>
      )}
    </Loaded>
  );
}

function Subject({ event, names }: { event: Event; names: ReadonlyMap<string, string> }) {
  const { kind, subject, detail } = event;
  if (kind === "experiment") return <Link to={to.experiment(subject)}>{names.get(subject) ?? subject}</Link>;
  if (kind === "run" && detail.experiment) return <Link to={to.run(String(detail.experiment), subject)}>{subject.slice(0, 8)}</Link>;
  if (kind === "model") return <Link to={to.model(subject)}>{subject}</Link>;
  if (kind === "pipeline_run") return <Link to={to.pipelineRun(subject)}>{String(detail.name ?? subject.slice(0, 8))}</Link>;
  if (kind === "pipeline") return <Link to={to.pipeline(subject)}>{String(detail.name ?? subject.slice(0, 8))}</Link>;
  if (kind === "schedule") return <Link to={`/schedules?id=${subject}`}>{String(detail.name ?? subject.slice(0, 8))}</Link>;
  if (kind === "endpoint") return <Link to={to.endpoint(subject)}>{subject}</Link>;
  return <code>{subject.slice(0, 16)}</code>;
}

/** `endpoint.promoted` as it is spelled; what moved to another state by the name of that state. */
function said({ action, detail }: Event): string {
  const [noun = "", verb = ""] = action.replaceAll("_", " ").split(".");
  const state = detail.state ?? detail.phase;
  return `${noun} ${verb === "moved" && state ? wordOf(String(state)).toLowerCase() : verb}`;
}
