/** When the lines of a log were written, as far as they say so. */
import type { Range } from "./range";

const stamp = /^.{0,60}?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,6}))?(?: ?(Z|[+-]\d\d:?\d\d))?/;

/** The time that a line carries near its beginning; without a zone, it is that of the viewer. */
export function timeOf(line: string): number | null {
  const [, day, clock, part = "", zone = ""] = stamp.exec(line) ?? [];
  if (!day) return null;
  const at = Date.parse(`${day}T${clock}.${part.slice(0, 3).padEnd(3, "0")}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`);
  return Number.isNaN(at) ? null : at;
}

export type Stamped = { line: number; at: number };

/** Lines that carry a time; what stands between them belongs to the one before. */
export function stampsOf(text: string): Stamped[] {
  const found: Stamped[] = [];
  text.split("\n").forEach((line, at) => {
    const time = timeOf(line);
    if (time !== null) found.push({ line: at, at: time });
  });
  return found;
}

/** The last line that had been written by then; null when none had, or none says when. */
export function lineAt(stamps: readonly Stamped[], at: number): number | null {
  return stamps.findLast((one) => one.at <= at)?.line ?? null;
}

export type Part = { text: string; from: number; until: number; of: number };

/** What was printed within a range; null where no line says when it was. Lines count from 1. */
export function between(text: string, [start, end]: Range): Part | null {
  const stamps = stampsOf(text);
  if (stamps.length === 0) return null;
  const lines = text.replace(/\n$/, "").split("\n");
  const from = stamps.find((one) => one.at >= start)?.line ?? lines.length;
  const until = Math.max(from, stamps.find((one) => one.at > end && one.line >= from)?.line ?? lines.length);
  return { text: lines.slice(from, until).join("\n"), from: from + 1, until, of: lines.length };
}
