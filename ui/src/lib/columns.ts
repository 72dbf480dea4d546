/** Columns of the runs table as they stand in an address: `m.mae`, `m~min.loss`, `p.lr`, `t.team`, `a.user`. */

export type Kind = "m" | "p" | "t" | "a";
/** What is shown of a metric besides its last value: its course, or its lowest or highest value. */
export type Shown = "line" | "min" | "max";
export type Column = { kind: Kind; key: string; shown?: Shown };

export const fieldOf = { m: "metrics", p: "params", t: "tags", a: "attributes" } as const;
export const attributes = ["started", "duration", "user", "status", "id"] as const;
const titles: Record<string, string> = { started: "Started", duration: "Duration", user: "User", status: "Status", id: "Id" };

export function parse(text: string): Column | null {
  const found = /^(m|p|t|a)(?:~(line|min|max))?\.(.+)$/s.exec(text);
  if (!found) return null;
  const [, kind, shown, key = ""] = found;
  if (shown && kind !== "m") return null;
  return { kind: kind as Kind, key, ...(shown ? { shown: shown as Shown } : {}) };
}

export function spell(column: Column): string {
  return `${column.kind}${column.shown ? `~${column.shown}` : ""}.${column.key}`;
}

/** The same values, whatever is shown of them. */
export function plain(column: Column): Column {
  return { kind: column.kind, key: column.key };
}

export function title(column: Column): string {
  return column.kind === "a" ? (titles[column.key] ?? column.key) : column.key;
}

const spelled: Record<string, string> = { started: "start_time", user: "user_id", id: "run_id", status: "status", name: "run_name" };

/** As the server sorts and filters by it; null where it cannot. */
export function serverKey(column: Column): string | null {
  if (column.shown === "min" || column.shown === "max") return null;
  if (column.kind !== "a") return /^\w+(\.\w+)*$/.test(column.key) ? `${fieldOf[column.kind]}.${column.key}` : `${fieldOf[column.kind]}.\`${column.key}\``;
  const known = spelled[column.key];
  return known ? `attributes.${known}` : null;
}

/** What the server is to read of each run for these. */
export function fields(columns: readonly Column[]): string[] {
  return [...new Set(columns.filter((one) => one.kind !== "a").map((one) => `${fieldOf[one.kind]}.${one.key}`))];
}

const widths = { m: 104, p: 124, t: 132, a: 104 } as const;
export const curveWidth = 64;

/** In pixels: enough for its name and for what usually stands in it; metrics need `room` for what stands beside them. */
export function widthOf(column: Column, room = 0): number {
  const beside = column.kind === "m" ? room + (column.shown === "line" ? curveWidth + 10 : 0) : 0;
  return Math.max(widths[column.kind] + beside, Math.min(200, column.key.length * 7 + 34 + (column.shown && column.shown !== "line" ? 28 : 0)));
}
