import type { Artifact } from "@/api/schema";
import { StepSlider } from "@/components/step-slider";
import { useAddress } from "@/components/use-address";
import { imagesOf } from "@/lib/steps";

const image = /\.(png|jpe?g|gif|webp|svg)$/i;

/** Leads from an image to the same one at other steps, where there are any. */
export function ImageSteps({ run, path, beside }: { run: string; path: string; beside: readonly Artifact[] }) {
  const [, change] = useAddress();
  if (!image.test(path)) return null;
  const found = imagesOf(new Map([[run, beside.filter((one) => !one.is_dir && image.test(one.path)).map((one) => one.path)]]));
  for (const { steps, paths } of found) {
    const own = paths.get(run);
    const step = steps.find((one) => own?.get(one) === path);
    if (step !== undefined && steps.length > 1) return <StepSlider steps={steps} step={step} choose={(next) => change({ path: own?.get(next) ?? path })} />;
  }
  return null;
}
