/** Images that were logged again and again: by MLflow's client with their steps, or as files that are numbered. */

type Place = { name: string; step: number };
const logged = /^(.*?)([%+])step\2(\d+)\2timestamp\2\d+\2[^/]*$/;
const numbered = /^(.*?)(\d{1,9})(\.[a-z]+)$/i;

/** What an image is called, and at which step it was logged. */
export function placeOf(path: string): Place | null {
  const [, key, , step] = logged.exec(path) ?? [];
  if (key !== undefined) return { name: key.replace(/^images\//, "").replaceAll("#", "/"), step: Number(step) };
  const [, before, number, after] = numbered.exec(path) ?? [];
  return before !== undefined && number !== undefined ? { name: `${before}…${after}`, step: Number(number) } : null;
}

/** `paths` are by run and step; of what was logged once, the only step is null. */
export type Images = { name: string; steps: readonly number[]; paths: ReadonlyMap<string, ReadonlyMap<number, string>> };

/** What the same name stands for in each run; a number that only one file has is part of its name. */
export function imagesOf(byRun: ReadonlyMap<string, readonly string[]>): Images[] {
  const found = new Map<string, Map<string, Map<number, string>>>();
  for (const [run, paths] of byRun) {
    // MLflow keeps a smaller copy of each image beside it.
    for (const path of paths.filter((one) => !/[%+]compressed\.webp$/.test(one))) {
      const { name, step } = placeOf(path) ?? { name: path, step: 0 };
      const runs = found.get(name) ?? new Map<string, Map<number, string>>();
      runs.set(run, (runs.get(run) ?? new Map<number, string>()).set(step, path));
      found.set(name, runs);
    }
  }
  return [...found]
    .map(([name, paths]) => {
      const steps = [...new Set([...paths.values()].flatMap((one) => [...one.keys()]))].toSorted((a, b) => a - b);
      const [only] = [...paths.values()].flatMap((one) => [...one.values()]);
      return { name: steps.length > 1 || only === undefined || logged.test(only) ? name : only, steps, paths };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name));
}

/** The image of a run at a step, or the last one before it. */
export function imageAt(images: Images, run: string, step: number): { path: string; step: number } | null {
  const paths = images.paths.get(run);
  const at = images.steps.findLast((one) => one <= step && paths?.has(one));
  const path = at === undefined ? undefined : paths?.get(at);
  return at === undefined || path === undefined ? null : { path, step: at };
}
