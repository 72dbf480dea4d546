import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { blobQuery } from "@/api/queries";
import type { Run } from "@/api/schema";
import { EmptyState, Skeleton } from "@/components/states";
import { StepSlider } from "@/components/step-slider";
import { useAddress } from "@/components/use-address";
import { imageAt, imagesOf } from "@/lib/steps";
import css from "./compare.module.css";
import { useFiles } from "./use-files";

const image = /\.(png|jpe?g|gif|webp|svg)$/i;
const most = 8_000_000;

/** One image of every run that has it, side by side; where it was logged at several steps, all at the same one. */
export function CompareImages({ runs }: { runs: readonly Run[] }) {
  const [search, change] = useAddress();
  const { files, waiting } = useFiles(runs);
  const found = imagesOf(new Map([...files].map(([run, all]) => [run, all.filter((one) => image.test(one.path) && (one.size ?? 0) < most).map((one) => one.path)])));
  const shown = found.find((one) => one.name === search.image) ?? found[0];
  if (waiting) return <Skeleton />;
  if (!shown) return <EmptyState title="None of these runs has images" />;
  const last = shown.steps.at(-1) ?? 0;
  const step = search.step === undefined ? last : Number(search.step);
  return (
    <div className="stack">
      <div className="row wrap">
        <label className="row">
          Image
          <select value={shown.name} onChange={(event) => change({ image: event.target.value, step: undefined })}>
            {found.map((one) => (
              <option key={one.name}>{one.name}</option>
            ))}
          </select>
        </label>
        {shown.steps.length > 1 && <StepSlider steps={shown.steps} step={step} choose={(next) => change({ step: next === last ? undefined : String(next) })} />}
      </div>
      <div className={css.images}>
        {runs.map((run) => {
          const one = imageAt(shown, run.id, step);
          return (
            <figure key={run.id}>
              <figcaption className="row">
                <span className="ellipsis grow">{run.name}</span>
                {one && one.step !== step && shown.steps.length > 1 && <span className="muted small">of step {one.step}</span>}
              </figcaption>
              {one ? <Picture run={run} path={one.path} /> : <p className="muted">It has no such image{shown.steps.length > 1 && " so far"}.</p>}
            </figure>
          );
        })}
      </div>
    </div>
  );
}

function Picture({ run, path }: { run: Run; path: string }) {
  const found = useQuery(blobQuery(run.id, path));
  const [url, setUrl] = useState("");
  useEffect(() => {
    if (!found.data) return undefined;
    const made = URL.createObjectURL(found.data);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [found.data]);
  return url ? <img src={url} alt={`${path} of ${run.name}`} /> : <Skeleton rows={4} />;
}
