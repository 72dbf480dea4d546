/** The state of each page as it stands in its address: what is not there, or makes no sense, is left out. */

type Given = Record<string, unknown>;

export function parse(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Commas, colons and slashes stay readable. */
export function stringify(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return query ? `?${query.replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%2F", "/")}` : "";
}

function texts<Key extends string>(...keys: Key[]) {
  return (given: Given): { [key in Key]?: string } => {
    const found: { [key in Key]?: string } = {};
    for (const key of keys) {
      const value = given[key];
      if (value !== undefined && value !== "") found[key] = String(value);
    }
    return found;
  };
}

export const experiments = texts("q", "trash", "code");
export const runs = texts(
  "view", "q", "sort", "cols", "group", "flat", "base", "pin", "trash", "charts", "across", "up", "by", "as", "sel", "x", "smooth", "log", "off", "code",
);
export const run = texts("tab", "path", "line", "row", "task", "base", "x", "smooth", "log", "q", "code");
export const compare = texts("runs", "set", "all", "base", "x", "smooth", "log", "tab", "flip", "image", "step", "file", "code");
export const model = texts("deploy", "code");
export const version = texts("against", "deploy", "code");
export const pipelines = texts("q", "upload", "code");
export const pipeline = texts("tab", "version", "open", "task", "new", "schedule", "upload", "sel", "code");
export const pipelineRuns = texts("state", "q", "archived", "sel", "code");
export const pipelineComparison = texts("runs", "base", "all", "tab", "code");
export const pipelineRun = texts("tab", "task", "open", "view", "log", "clone", "code");
export const schedules = texts("id", "new", "code");
export const endpoint = texts("tab", "revision", "code");
export const plain = texts("code");
