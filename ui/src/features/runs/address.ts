import type { Run } from "@/api/schema";
import { to } from "@/components/link";

/** A run's page, which goes on showing the differences to the baseline. */
export const runAddress = (run: Run, base: Run | undefined) => to.run(run.experiment_id, run.id, base ? `?base=${base.id}` : "");
