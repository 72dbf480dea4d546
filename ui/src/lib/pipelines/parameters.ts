/** A form made from the types of a pipeline's parameters. */

type Declared = { parameterType?: string; defaultValue?: unknown; isOptional?: boolean; description?: string; literals?: unknown[] };

export type Input = "text" | "whole" | "number" | "flag" | "choice" | "list" | "object";

/** `initial` is what the form begins with; `optional`: it may be left empty. */
export type FormField = { name: string; input: Input; type: string; description: string; optional: boolean; initial: string; choices: string[] };

const inputs: Record<string, [Input, string]> = {
  NUMBER_INTEGER: ["whole", "whole number"],
  NUMBER_DOUBLE: ["number", "number"],
  STRING: ["text", "text"],
  BOOLEAN: ["flag", "true or false"],
  LIST: ["list", "list, as JSON"],
  STRUCT: ["object", "object, as JSON"],
};

export function fieldsOf(document: unknown, given: Readonly<Record<string, unknown>> = {}): FormField[] {
  const declared = (document as { root?: { inputDefinitions?: { parameters?: Record<string, Declared> } } } | undefined)?.root?.inputDefinitions?.parameters ?? {};
  return Object.entries(declared).map(([name, one]) => {
    const [input, type] = inputs[one.parameterType ?? ""] ?? ["text", (one.parameterType ?? "").toLowerCase()];
    const choices = (one.literals ?? []).map((literal) => textOf(literal, input));
    const value = name in given ? given[name] : one.defaultValue;
    return {
      name,
      input: choices.length > 0 ? "choice" : input,
      type: choices.length > 0 ? "one of these" : type,
      description: one.description ?? "",
      optional: one.isOptional === true || "defaultValue" in one,
      initial: textOf(value, input),
      choices,
    };
  });
}

function textOf(value: unknown, input: Input): string {
  if (value === undefined || value === null) return "";
  if (input === "list" || input === "object") return JSON.stringify(value, null, JSON.stringify(value).length > 60 ? 2 : 0);
  return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}

export type Filled = { values: Record<string, unknown>; errors: Record<string, string> };

/** What is left empty and may be is left out, so that its default counts. */
export function filled(fields: readonly FormField[], texts: Readonly<Record<string, string>>): Filled {
  const found: Filled = { values: {}, errors: {} };
  for (const field of fields) {
    const text = texts[field.name] ?? field.initial;
    if (text.trim() === "" && (field.optional || field.input !== "text")) {
      if (field.input === "text" && field.initial !== "") found.values[field.name] = text;
      else if (!field.optional) found.errors[field.name] = "This is needed";
      continue;
    }
    const value = read(field, text);
    if (value === undefined) found.errors[field.name] = wrong[field.input] ?? "This is not of the type";
    else found.values[field.name] = value;
  }
  return found;
}

const wrong: Partial<Record<Input, string>> = {
  whole: "This is no whole number",
  number: "This is no number",
  list: "This is no list in JSON, such as [1, 2]",
  object: 'This is no object in JSON, such as {"a": 1}',
};

function read(field: FormField, text: string): unknown {
  const trimmed = text.trim();
  switch (field.input) {
    case "whole":
      return /^[+-]?\d+$/.test(trimmed) && Number.isSafeInteger(Number(trimmed)) ? Number(trimmed) : undefined;
    case "number":
      return Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
    case "flag":
      return trimmed === "true";
    case "list":
    case "object":
      return json(trimmed, field.input === "list");
    case "choice":
      return json(trimmed, null) ?? text;
    default:
      return text;
  }
}

/** `wanted`: whether a list is; null takes any number, and nothing else. */
function json(text: string, wanted: boolean | null): unknown {
  try {
    const found: unknown = JSON.parse(text);
    if (wanted === null) return typeof found === "number" ? found : undefined;
    return typeof found === "object" && found !== null && Array.isArray(found) === wanted ? found : undefined;
  } catch {
    return undefined;
  }
}
