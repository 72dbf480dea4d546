/** Ten colours that the colour-blind can tell apart (after Okabe and Ito, and Tol), for light and dark. */
const light = ["#0b5fc4", "#c2410c", "#0f8a5f", "#a21caf", "#8a6d00", "#0e8fa8", "#c02660", "#5b4bc4", "#5c7a10", "#6b5b4b"];
const dark = ["#6bb0ff", "#ff9f5a", "#4cc38a", "#e58bf0", "#e3c34a", "#4fd0e6", "#ff8fb3", "#aaa0ff", "#b3d35a", "#c9b6a2"];

function hash(text: string): number {
  let found = 2166136261;
  for (let at = 0; at < text.length; at += 1) found = Math.imul(found ^ text.charCodeAt(at), 16777619);
  return found >>> 0;
}

const names = ["Blue", "Orange", "Green", "Purple", "Gold", "Cyan", "Pink", "Indigo", "Olive", "Brown"];

/** What can be chosen: the value is kept, the colour is what it looks like in this theme. */
export function palette(isDark: boolean): Array<{ name: string; value: string; color: string }> {
  return names.map((name, at) => ({ name, value: light[at] ?? "", color: (isDark ? dark : light)[at] ?? "" }));
}

/** The tag that MLflow's pages keep a run's colour in. */
export const colorTag = "mlflow.runColor";
export type Colored = { id: string; tags?: ReadonlyArray<{ key: string; value: string }> };

/** The colour that somebody chose for a run; of the palette, its form for this theme. */
export function chosenColor({ tags = [] }: Colored, isDark: boolean): string | null {
  const value = tags.find((tag) => tag.key === colorTag)?.value.toLowerCase() ?? "";
  if (!/^#[0-9a-f]{6}$/.test(value)) return null;
  return (isDark && dark[light.indexOf(value)]) || value;
}

/** The same for a run in every view and on every page, whatever is shown beside it. */
export function colorOf(run: Colored, isDark: boolean): string {
  const set = isDark ? dark : light;
  return chosenColor(run, isDark) ?? set[hash(run.id) % set.length] ?? "#888";
}

const dashes: readonly number[][] = [[], [2, 3], [10, 4], [10, 3, 2, 3]];

/** What tells lines of one colour apart: each further one has another pattern of strokes. */
export function dashesOf(colors: readonly string[]): number[][] {
  const taken = new Map<string, number>();
  return colors.map((color) => {
    const at = taken.get(color) ?? 0;
    taken.set(color, at + 1);
    return dashes[at % dashes.length] ?? [];
  });
}

const viridis = [
  [68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
  [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37],
] as const;

/** Viridis at `share`, from 0 to 1. */
export function ramp(share: number): string {
  const at = Math.min(1, Math.max(0, share)) * (viridis.length - 1);
  const low = viridis[Math.floor(at)] ?? viridis[0];
  const high = viridis[Math.ceil(at)] ?? low;
  const mix = (place: 0 | 1 | 2) => Math.round(low[place] + (high[place] - low[place]) * (at % 1));
  return `rgb(${mix(0)} ${mix(1)} ${mix(2)})`;
}

/** The colour of a word by its place in their order; there are as many as can be told apart. */
export function wordColor(at: number, isDark: boolean): string | undefined {
  return (isDark ? dark : light)[at];
}
