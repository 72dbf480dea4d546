/** Values along an axis, as numbers or as words. Its ends are round, so that it stays where it is while points come in. */
import { tick, toNumber } from "./format";
import type { Value } from "./format";

export type Tick = { place: number; label: string };
export type Scale = { kind: "linear" | "log" | "words"; place: (value: Value | undefined) => number | null; ticks: readonly Tick[]; words: readonly string[] | null };
type Options = { log?: boolean; format?: (value: number) => string };

const steps = [1, 2, 5, 10];
const mostWords = 30;

/** What a param says may be a number, though it is logged as a text. */
export function numberOf(value: Value | undefined): number {
  if (value === undefined || value === "") return Number.NaN;
  const found = typeof value === "number" ? value : Number(value);
  return Number.isNaN(found) ? toNumber(value) : found;
}

export function areNumbers(values: ReadonlyArray<Value | undefined>): boolean {
  const given = values.filter((one) => one !== undefined && one !== "");
  return given.length > 0 && given.every((one) => one === "NaN" || !Number.isNaN(numberOf(one)));
}

export function scaleOf(values: ReadonlyArray<Value | undefined>, { log = false, format = tick }: Options = {}): Scale {
  if (!areNumbers(values)) return worded(values);
  const numbers = values.map(numberOf).filter(Number.isFinite);
  if (!log) return linear(numbers, format);
  const positive = numbers.filter((one) => one > 0);
  return positive.length > 0 ? logarithmic(positive, format) : linear(numbers, format);
}

/** The smallest of 1, 2, 5, 10, … that makes at most `count` steps of a span. */
export function stepOf(span: number, count = 5): number {
  const size = 10 ** Math.floor(Math.log10(span / count));
  return size * (steps.find((one) => span / (size * one) <= count) ?? 10);
}

function linear(numbers: readonly number[], format: (value: number) => string): Scale {
  let low = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  let high = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  if (low > high) [low, high] = [0, 1];
  if (low === high) [low, high] = low === 0 ? [-1, 1] : [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  const step = stepOf(high - low);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const place = (value: Value | undefined) => {
    const given = numberOf(value);
    return Number.isFinite(given) ? (given / step - first) / (last - first) : null;
  };
  const ticks = Array.from({ length: last - first + 1 }, (_, at) => ({ place: at / (last - first), label: format(Number(((first + at) * step).toPrecision(12))) }));
  return { kind: "linear", place, ticks, words: null };
}

function logarithmic(numbers: readonly number[], format: (value: number) => string): Scale {
  const low = numbers.reduce((a, b) => Math.min(a, b));
  const high = numbers.reduce((a, b) => Math.max(a, b));
  const marks = marksBetween(low, high);
  const start = Math.log10(marks[0] ?? low);
  const span = Math.log10(marks.at(-1) ?? high) - start || 1;
  const place = (value: Value | undefined) => {
    const given = numberOf(value);
    return given > 0 && Number.isFinite(given) ? (Math.log10(given) - start) / span : null;
  };
  return { kind: "log", place, ticks: marks.map((one) => ({ place: (Math.log10(one) - start) / span, label: format(one) })), words: null };
}

/** Powers of ten, and 2 and 5 times these where they are few; the first is not above the lowest, the last not below the highest. */
function marksBetween(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low) + 1e-9);
  const until = Math.ceil(Math.log10(high) - 1e-9);
  const stride = Math.max(1, Math.ceil((until - from) / 8));
  const fine = until - from <= 4 ? [1, 2, 5] : [1];
  const all: number[] = [];
  for (let power = from; power <= Math.max(until, from + 1); power += stride) for (const one of fine) all.push(Number((one * 10 ** power).toPrecision(3)));
  const first = all.findLastIndex((one) => one <= low * (1 + 1e-9));
  const last = all.findIndex((one) => one >= high * (1 - 1e-9));
  const found = all.slice(Math.max(0, first), last < 0 ? undefined : Math.max(last, first + 1) + 1);
  return found;
}

/** In their order; of very many, the most frequent. */
function worded(values: ReadonlyArray<Value | undefined>): Scale {
  const counts = new Map<string, number>();
  for (const one of values) if (one !== undefined) counts.set(String(one), (counts.get(String(one)) ?? 0) + 1);
  const kept = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, mostWords).map(([word]) => word);
  const words = inOrder(kept);
  const at = new Map(words.map((word, index) => [word, (index + 0.5) / words.length]));
  const place = (value: Value | undefined) => (value === undefined ? null : (at.get(String(value)) ?? null));
  return { kind: "words", place, ticks: words.map((word) => ({ place: at.get(word) ?? 0, label: word })), words };
}

/** Numbers by size, words by alphabet. */
export function inOrder(words: readonly string[]): string[] {
  return words.toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
}
