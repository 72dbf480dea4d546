import { Bookmark, X } from "lucide-react";
import { useState } from "react";
import { useChangeExperiment } from "@/api/changes";
import type { Experiment } from "@/api/schema";
import { Button } from "@/components/button";
import { Input } from "@/components/field";
import { Link, to } from "@/components/link";
import { Popover } from "@/components/overlay";
import { tell, tellError } from "@/components/toasts";
import css from "./column-picker.module.css";

const prefix = "modelyard.view.";

/** Views by name, kept as tags of the experiment, so that everybody has them. */
export function SavedViews({ experiment }: { experiment: Experiment | undefined }) {
  const [name, setName] = useState("");
  const change = useChangeExperiment();
  const views = Object.entries(experiment?.tags ?? {}).filter(([key]) => key.startsWith(prefix));
  const put = (key: string, value: string | null, said: string) =>
    experiment && change.mutate({ id: experiment.id, tags: { [prefix + key]: value } }, { onSuccess: () => tell(said), onError: tellError });
  const save = () => {
    const called = name.trim();
    if (!called) return;
    setName("");
    put(called, window.location.search || "?", `View “${called}” is saved`);
  };
  return (
    <Popover
      label="Saved views"
      width={300}
      align="end"
      trigger={
        <Button disabled={!experiment}>
          <Bookmark size={14} aria-hidden /> Views
        </Button>
      }
    >
      <div className={css.picker}>
        <ul className={css.chosen}>
          {views.length === 0 && <li className="muted">No saved views yet</li>}
          {views.map(([key, query]) => (
            <li key={key}>
              <Link to={to.experiment(experiment?.id ?? "", query.startsWith("?") ? query : "")} className="grow ellipsis">
                {key.slice(prefix.length)}
              </Link>
              <Button
                quiet
                small
                label={`Delete the view ${key.slice(prefix.length)}`}
                onClick={() => put(key.slice(prefix.length), null, "The view is deleted")}
              >
                <X size={12} aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
        <div className="row">
          <Input
            className="grow"
            aria-label="Name of the view"
            placeholder="Name this view"
            value={name}
            maxLength={100}
            onChange={(event) => setName(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && save()}
          />
          <Button primary disabled={!name.trim()} onClick={save}>
            Save
          </Button>
        </div>
      </div>
    </Popover>
  );
}
