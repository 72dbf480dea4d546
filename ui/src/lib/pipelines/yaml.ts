/** JSON as YAML, for reading: texts of several lines stay so. */
export function yaml(value: unknown, indent = ""): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : value.map((one) => `${indent}- ${inner(one, `${indent}  `, true)}`).join("\n");
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return "{}";
    return entries.map(([key, one]) => `${indent}${scalar(key)}:${spaced(one, indent)}`).join("\n");
  }
  return scalar(value);
}

const isEmpty = (value: object): boolean => (Array.isArray(value) ? value : Object.keys(value)).length === 0;

function spaced(value: unknown, indent: string): string {
  if (typeof value === "object" && value !== null && !isEmpty(value)) return `\n${yaml(value, `${indent}  `)}`;
  return ` ${inner(value, `${indent}  `, false)}`;
}

function inner(value: unknown, indent: string, first: boolean): string {
  if (typeof value === "string") return isBlock(value) ? block(value, indent) : scalar(value);
  const text = yaml(value, indent);
  return first && typeof value === "object" && value !== null && !isEmpty(value) ? text.slice(indent.length) : text;
}

function isBlock(text: string): boolean {
  return text.trim().includes("\n") && !/^[ \n]|[^\n\t\x20-\uD7FF\uE000-\uFFFD]/.test(text) && !/[ \t]\n/.test(`${text}\n`);
}

function block(text: string, indent: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const end = text.endsWith("\n\n") ? "+" : text.endsWith("\n") ? "" : "-";
  return `|${end}\n${lines.map((line) => (line === "" ? "" : indent + line)).join("\n")}`;
}

function scalar(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "null";
  const plain = /^[A-Za-z_/$(][\w ./$()=<>+*-]*$/.test(value) && !value.endsWith(" ");
  return plain && !/^(true|false|yes|no|on|off|null|~|y|n)$/i.test(value) ? value : JSON.stringify(value);
}
