/** Numbers, times and sizes as people read them. */

export type Value = number | string;

/** JSON has no number for these; the API sends words. */
export function toNumber(value: Value | null | undefined): number {
  if (typeof value === "number") return value;
  if (value === "Infinity") return Infinity;
  if (value === "-Infinity") return -Infinity;
  return Number.NaN;
}

/** Four significant digits; very large and very small ones with an exponent. */
export function number(value: Value | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const given = toNumber(value);
  if (Number.isNaN(given)) return "NaN";
  if (!Number.isFinite(given)) return given > 0 ? "∞" : "−∞";
  if (given === 0) return "0";
  const size = Math.abs(given);
  if (Number.isInteger(given) && size < 1e7) return grouped(given);
  if (size >= 1e7 || size < 1e-4) return minus(given.toExponential(3));
  if (size >= 1e4) return grouped(Math.round(given));
  return minus(given.toPrecision(4));
}

/** As on an axis: without zeros at the end. */
export function tick(value: number): string {
  return number(Number(value.toPrecision(6))).replace(/(\.\d*?)0+(?=e|$)/, "$1").replace(/\.(?=e|$)/, "");
}

export function grouped(value: number): string {
  return minus(Math.round(value).toString()).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function signed(value: number): string {
  if (value === 0) return "±0";
  return (value > 0 ? "+" : "") + number(value);
}

function minus(text: string): string {
  return text.replace("-", "−");
}

export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 0) return "–";
  if (seconds < 1) return `${Math.round(milliseconds)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const steps: Array<[number, Intl.RelativeTimeFormatUnit]> = [
  [60, "second"],
  [60, "minute"],
  [24, "hour"],
  [30, "day"],
  [12, "month"],
  [Infinity, "year"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "narrow" });

export function ago(at: number, now: number): string {
  let amount = (at - now) / 1000;
  if (Math.abs(amount) < 5) return "now";
  for (const [size, unit] of steps) {
    if (Math.abs(amount) < size) return relative.format(Math.trunc(amount), unit);
    amount /= size;
  }
  return "";
}

const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
const brief = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** In the viewer's zone, which it names. */
export function absolute(at: number): string {
  return full.format(at);
}

export function shortTime(at: number): string {
  return brief.format(at);
}

const whole = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** With seconds, for what happens within minutes. */
export function wholeTime(at: number): string {
  return whole.format(at);
}

export function betweenTimes(from: number, until: number): string {
  return whole.formatRange(from, until);
}

const days = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const minutes = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Times on an axis, in seconds since the epoch, as short as their distance allows. */
export function clock(at: readonly number[]): string[] {
  const apart = at.length > 1 ? (at[1] ?? 0) - (at[0] ?? 0) : 60;
  const form = apart >= 86_400 ? days : apart >= 60 ? minutes : seconds;
  const onlyTime = apart >= 86_400 || apart < 60 || (at.at(-1) ?? 0) - (at[0] ?? 0) < 86_400;
  return at.map((one) => (onlyTime ? form : brief).format(one * 1000));
}

export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = size;
  let at = 0;
  while (amount >= 1000 && at < units.length - 1) {
    amount /= 1000;
    at += 1;
  }
  return `${at === 0 ? amount : amount.toPrecision(3)} ${units[at]}`;
}

export function plural(count: number, noun: string, several = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : several}`;
}
