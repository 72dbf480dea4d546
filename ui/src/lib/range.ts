/** A part of an axis, as an address spells it: `10..40`. */
export type Range = readonly [number, number];
export type Axis = "step" | "time" | "relative";

export function readRange(text: string | undefined): Range | null {
  const [, from, until] = /^(-?\d+)\.\.(-?\d+)$/.exec(text ?? "") ?? [];
  if (from === undefined || until === undefined || Number(from) >= Number(until)) return null;
  return [Number(from), Number(until)];
}

/** Of whole steps or milliseconds, never narrower than one; null where nothing is left. */
export function writeRange(range: Range | null): string | undefined {
  if (!range) return undefined;
  const [from, until] = [Math.floor(Math.min(...range)), Math.ceil(Math.max(...range))];
  return Number.isFinite(from) && Number.isFinite(until) ? `${from}..${Math.max(until, from + 1)}` : undefined;
}

const two = (part: number) => String(part).padStart(2, "0");

/** An end of a range as a field takes it: a step, seconds since the beginning, or a time of the viewer's zone. */
export function toField(axis: Axis, value: number): string {
  if (axis === "step") return String(value);
  if (axis === "relative") return String(value / 1000);
  const at = new Date(value);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

export function fromField(axis: Axis, text: string): number | null {
  if (text.trim() === "") return null;
  const value = axis === "time" ? Date.parse(text) : Number(text) * (axis === "relative" ? 1000 : 1);
  return Number.isFinite(value) ? value : null;
}
