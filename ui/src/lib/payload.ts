/** Bodies of predictions in MLflow's words, from a model's signature and input example. */
import type { ModelField } from "@/api/schema";

/** A field of a form as the type that the signature names; undefined for what is none. */
export function typedValue(text: string, type: string): unknown {
  if (/^(integer|long|int\d*)$/.test(type)) return /^[+-]?\d+$/.test(text.trim()) ? Number(text) : undefined;
  if (/^(double|float\d*)$/.test(type)) return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
  if (type === "boolean") return text === "true";
  if (/^(array|object|map|any)/i.test(type)) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined;
    }
  }
  return text;
}

export function rowBody(row: Readonly<Record<string, string>>, columns: readonly ModelField[]): unknown {
  const given = columns.filter((one) => (row[one.name ?? ""] ?? "") !== "" || one.required);
  return {
    dataframe_split: {
      columns: given.map((one) => one.name),
      data: [given.map((one) => {
        const text = row[one.name ?? ""] ?? "";
        return typedValue(text, one.type) ?? (text === "" ? null : text);
      })],
    },
  };
}

type Split = { columns?: unknown[]; data?: unknown[][] };

function splitOf(example: unknown): Split | null {
  if (typeof example !== "object" || example === null) return null;
  const given = example as { dataframe_split?: Split; dataframe_records?: unknown[] } & Split;
  if (given.dataframe_split) return given.dataframe_split;
  return Array.isArray(given.data) ? given : null;
}

/** What a form begins with: the first row of the example. */
export function firstRow(example: unknown, columns: readonly ModelField[]): Record<string, string> {
  const split = splitOf(example);
  const cells = split?.data?.[0] ?? [];
  const names = split?.columns ?? columns.map((one) => one.name);
  const found: Record<string, string> = {};
  for (const one of columns) {
    const value = cells[names.indexOf(one.name ?? "")];
    if (one.name !== null && value !== undefined && value !== null) found[one.name] = typeof value === "object" ? JSON.stringify(value) : String(value);
  }
  return found;
}

const conversation = ["messages", "prompt", "input"];

/** Whether a model takes the object that one talks with it by, rather than rows. */
export function talks(inputs: readonly ModelField[]): boolean {
  return inputs.some((one) => (one.name === "messages" || one.name === "input") && /^array/i.test(one.type));
}

function spoken(inputs: readonly ModelField[]): unknown {
  const said = [{ role: "user", content: "Hello" }];
  return inputs.some((one) => one.name === "messages") ? { messages: said } : { input: said };
}

export function exampleBody(example: unknown, inputs: readonly ModelField[]): unknown {
  if (typeof example === "object" && example !== null) {
    const given = example as Record<string, unknown>;
    if (["inputs", "instances", "dataframe_split", "dataframe_records", ...conversation].some((key) => key in given)) return given;
    if (Array.isArray(given.data)) return { dataframe_split: given };
  }
  if (example !== null && example !== undefined) return { inputs: example };
  if (talks(inputs)) return spoken(inputs);
  const tensor = inputs.find((one) => one.shape !== null);
  if (tensor?.shape) return { inputs: zeros(tensor.shape.map((size) => (size < 0 ? 1 : size))) };
  const columns = inputs.filter((one) => one.name !== null);
  return { dataframe_split: { columns: columns.map((one) => one.name), data: [columns.map((one) => (one.type === "string" ? "" : 0))] } };
}

function zeros(shape: readonly number[]): unknown {
  const [size, ...rest] = shape;
  if (size === undefined) return 0;
  return Array.from({ length: Math.min(size, 4) }, () => zeros(rest));
}
