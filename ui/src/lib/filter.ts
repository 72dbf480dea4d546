/** MLflow's filter language, as far as a text box needs it: conditions, where a caret stands, what may come next. */

export type Condition = { text: string; start: number; end: number };
export type Expected = "key" | "operator" | "value" | "and";
export type Place = { expected: Expected; word: string; start: number; end: number; key: string };

type Token = { text: string; start: number; end: number };

const pattern = /(?:\w+|`[^`]*`)(?:\.(?:\w+|`[^`]*`|"[^"]*"|'[^']*')?)*|'(?:''|[^'])*'?|"(?:""|[^"])*"?|[<>=!~]+|[(),]|-?\.?\d[\w.+-]*|\S/g;

export function tokens(text: string): Token[] {
  return [...text.matchAll(pattern)].map((found) => ({
    text: found[0],
    start: found.index,
    end: found.index + found[0].length,
  }));
}

/** The parts between ANDs, as they are written. */
export function conditions(text: string): Condition[] {
  const found: Condition[] = [];
  let open: Token[] = [];
  const close = () => {
    const first = open[0];
    const last = open.at(-1);
    if (first && last) found.push({ text: text.slice(first.start, last.end), start: first.start, end: last.end });
    open = [];
  };
  for (const token of tokens(text)) {
    if (token.text.toUpperCase() === "AND") close();
    else open.push(token);
  }
  close();
  return found;
}

export function without(text: string, index: number): string {
  return conditions(text)
    .filter((_, at) => at !== index)
    .map((one) => one.text)
    .join(" AND ");
}

export function adding(text: string, condition: string): string {
  const known = conditions(text).map((one) => one.text);
  return known.includes(condition) ? text : [...known, condition].join(" AND ");
}

/** Replaces what is said about a key, or adds to it. */
export function replacing(text: string, key: string, wanted: readonly string[]): string {
  const others = conditions(text).map((one) => one.text);
  return [...others.filter((one) => tokens(one)[0]?.text !== key), ...wanted].join(" AND ");
}

/** A key as it must be written: `metrics.mae`, metrics.`val/acc`. */
export function written(kind: string, key: string): string {
  return /^\w+(\.\w+)*$/.test(key) ? `${kind}.${key}` : `${kind}.\`${key}\``;
}

export function quoted(value: string): string {
  return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll("'", "''")}'`;
}

export function placeOf(text: string, caret: number): Place {
  const before = tokens(text).filter((token) => token.start < caret);
  const last = before.at(-1);
  const inside = last !== undefined && last.end >= caret ? last : undefined;
  const done = inside ? before.slice(0, -1) : before;
  let expected: Expected = "key";
  let key = "";
  for (const token of done) {
    const upper = token.text.toUpperCase();
    if (upper === "AND") expected = "key";
    else if (expected === "key") {
      key = token.text;
      expected = "operator";
    } else if (expected === "operator") {
      if (upper !== "NOT" && upper !== "IS") expected = upper === "NULL" ? "and" : "value";
    } else if (expected === "value" && token.text !== "(" && token.text !== ",") expected = "and";
  }
  return {
    expected,
    key,
    word: inside ? text.slice(inside.start, caret) : "",
    start: inside ? inside.start : caret,
    end: inside ? inside.end : caret,
  };
}

export function operatorsFor(key: string): string[] {
  if (/^metrics?\b/.test(key) || /(start|end)_time$/.test(key)) return [">", ">=", "<", "<=", "=", "!="];
  if (/^(params?|tags?)\b/.test(key)) return ["=", "!=", "LIKE", "ILIKE", "IS NULL", "IS NOT NULL"];
  if (key.endsWith("run_id")) return ["=", "IN", "NOT IN", "!="];
  return ["=", "!=", "LIKE", "ILIKE"];
}

/** Where the server says that the trouble is, counted from 0. */
export function errorPosition(message: string): number | null {
  const found = / at position (\d+) near /.exec(message);
  return found?.[1] ? Number(found[1]) - 1 : null;
}
