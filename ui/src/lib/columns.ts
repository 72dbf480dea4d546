/** Columns of the runs table as they stand in an address: `m.mae`, `p.lr`, `t.team`, `a.user`. */

export type Kind = "m" | "p" | "t" | "a";
export type Column = { kind: Kind; key: string };

export const fieldOf = { m: "metrics", p: "params", t: "tags", a: "attributes" } as const;
export const attributes = ["started", "duration", "user", "status", "id"] as const;

export function parse(text: string): Column | null {
  const kind = text.slice(0, 1);
  if (text[1] !== "." || !"mpta".includes(kind) || text.length < 3) return null;
  return { kind: kind as Kind, key: text.slice(2) };
}

export function spell(column: Column): string {
  return `${column.kind}.${column.key}`;
}

const spelled: Record<string, string> = { started: "start_time", user: "user_id", id: "run_id", status: "status", name: "run_name" };

/** As the server sorts and filters by it; null where it cannot. */
export function serverKey(column: Column): string | null {
  if (column.kind !== "a") return /^\w+(\.\w+)*$/.test(column.key) ? `${fieldOf[column.kind]}.${column.key}` : `${fieldOf[column.kind]}.\`${column.key}\``;
  const known = spelled[column.key];
  return known ? `attributes.${known}` : null;
}

/** What the server is to read of each run for these. */
export function fields(columns: readonly Column[]): string[] {
  return columns.filter((one) => one.kind !== "a").map((one) => `${fieldOf[one.kind]}.${one.key}`);
}

const widths = { m: 104, p: 124, t: 132, a: 104 } as const;

/** In pixels: enough for its name and for what usually stands in it; metrics need `room` for what stands beside them. */
export function widthOf(column: Column, room = 0): number {
  return Math.max(widths[column.kind] + (column.kind === "m" ? room : 0), Math.min(200, column.key.length * 7 + 34));
}
