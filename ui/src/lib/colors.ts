/** Ten colours that the colour-blind can tell apart (after Okabe and Ito, and Tol), for light and dark. */
const light = ["#0b5fc4", "#c2410c", "#0f8a5f", "#a21caf", "#8a6d00", "#0e8fa8", "#c02660", "#5b4bc4", "#5c7a10", "#6b5b4b"];
const dark = ["#6bb0ff", "#ff9f5a", "#4cc38a", "#e58bf0", "#e3c34a", "#4fd0e6", "#ff8fb3", "#aaa0ff", "#b3d35a", "#c9b6a2"];

function hash(text: string): number {
  let found = 2166136261;
  for (let at = 0; at < text.length; at += 1) found = Math.imul(found ^ text.charCodeAt(at), 16777619);
  return found >>> 0;
}

/** The same for a run on every page. */
export function colorOf(id: string, isDark: boolean): string {
  const set = isDark ? dark : light;
  return set[hash(id) % set.length] ?? "#888";
}

/** Like `colorOf`, but as different as the set allows among these: neighbours of the hash give way. */
export function colorsOf(ids: readonly string[], isDark: boolean): Map<string, string> {
  const set = isDark ? dark : light;
  const taken = new Map<number, number>();
  const found = new Map<string, string>();
  for (const id of ids) {
    let at = hash(id) % set.length;
    const least = Math.min(...set.map((_, place) => taken.get(place) ?? 0));
    while ((taken.get(at) ?? 0) > least) at = (at + 1) % set.length;
    taken.set(at, (taken.get(at) ?? 0) + 1);
    found.set(id, set[at] ?? "#888");
  }
  return found;
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
