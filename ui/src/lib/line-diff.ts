/** What differs between two texts, as the unified diff that everybody can read. */

type Edit = { sign: " " | "-" | "+"; line: string };
const context = 3;
/** Beyond so many cells of the table, what is between the common ends counts as replaced. */
const most = 4_000_000;

function edits(a: readonly string[], b: readonly string[]): Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => ({ sign: " ", line }));
  return [...same(a.slice(0, start)), ...between(a.slice(start, a.length - end), b.slice(start, b.length - end)), ...same(a.slice(a.length - end))];
}

function between(a: readonly string[], b: readonly string[]): Edit[] {
  const removed = (line: string): Edit => ({ sign: "-", line });
  const added = (line: string): Edit => ({ sign: "+", line });
  const width = b.length + 1;
  if (a.length === 0 || b.length === 0 || (a.length + 1) * width > most) return [...a.map(removed), ...b.map(added)];
  // How many lines the rests of both have in common, in order.
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const found: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      found.push({ sign: " ", line: left });
      i += 1;
      j += 1;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      found.push(removed(left));
      i += 1;
    } else {
      found.push(added(right ?? ""));
      j += 1;
    }
  }
  return found;
}

/** Empty when they are the same. */
export function unified(before: string, after: string): string {
  if (before === after) return "";
  const all = edits(before.replace(/\n$/, "").split("\n"), after.replace(/\n$/, "").split("\n"));
  const near = new Set<number>();
  all.forEach(({ sign }, at) => {
    if (sign !== " ") for (let around = at - context; around <= at + context; around += 1) near.add(around);
  });
  const lines: string[] = [];
  let [old, fresh] = [1, 1];
  all.forEach(({ sign, line }, at) => {
    if (near.has(at)) {
      if (!near.has(at - 1) || at === 0) lines.push(`@@ -${old} +${fresh} @@`);
      lines.push(sign + line);
    }
    if (sign !== "+") old += 1;
    if (sign !== "-") fresh += 1;
  });
  return lines.join("\n");
}
