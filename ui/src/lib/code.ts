/** Values as they are written in commands and in Python. */

export function shell(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${python(one)}`).join(", ")}}`;
  return JSON.stringify(value);
}

/** An address of the API with what is asked, as `curl` takes it. */
export function get(url: string, path: string, query: Record<string, string | undefined> = {}): string {
  const asked = Object.entries(query).filter((one): one is [string, string] => Boolean(one[1]));
  return `curl ${shell(`${url}/api/v1/${path}${asked.length > 0 ? `?${new URLSearchParams(asked).toString()}` : ""}`)}`;
}

export function post(url: string, path: string, body: unknown): string {
  return `curl ${shell(`${url}/api/v1/${path}`)} -H 'content-type: application/json' -d ${shell(JSON.stringify(body))}`;
}
