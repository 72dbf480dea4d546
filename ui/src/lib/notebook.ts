/** A Jupyter notebook as what there is to see of it; what it holds beyond is left out. */

export type Output =
  | { kind: "text"; text: string; error: boolean }
  | { kind: "markdown"; text: string }
  | { kind: "image"; url: string }
  | { kind: "html"; html: string };
export type Cell = { kind: "markdown" | "code" | "raw"; source: string; count: number | null; outputs: Output[] };

type Text = string | string[];
type Raw = {
  cell_type?: string;
  source?: Text;
  execution_count?: number | null;
  outputs?: Array<{ output_type?: string; name?: string; text?: Text; data?: Record<string, unknown>; traceback?: string[]; ename?: string; evalue?: string }>;
};

/** Raises SyntaxError for what is no JSON. */
export function cellsOf(text: string): Cell[] {
  const cells = (JSON.parse(text) as { cells?: Raw[] } | null)?.cells;
  if (!Array.isArray(cells)) return [];
  return cells.map((cell) => ({
    kind: cell.cell_type === "markdown" || cell.cell_type === "raw" ? cell.cell_type : "code",
    source: joined(cell.source),
    count: typeof cell.execution_count === "number" ? cell.execution_count : null,
    outputs: (Array.isArray(cell.outputs) ? cell.outputs : []).map(outputOf).filter((one) => one !== null),
  }));
}

/** The richest form that can be shown. */
function outputOf(raw: NonNullable<Raw["outputs"]>[number]): Output | null {
  if (Array.isArray(raw.traceback)) return { kind: "text", text: plain(raw.traceback.join("\n")), error: true };
  if (raw.text !== undefined) return { kind: "text", text: plain(joined(raw.text)), error: raw.name === "stderr" };
  const data = raw.data ?? {};
  for (const type of ["image/png", "image/jpeg", "image/gif"]) {
    const image = joined(data[type]).replaceAll(/\s/g, "");
    if (/^[A-Za-z0-9+/=]+$/.test(image)) return { kind: "image", url: `data:${type};base64,${image}` };
  }
  const svg = joined(data["image/svg+xml"]);
  if (svg) return { kind: "image", url: `data:image/svg+xml,${encodeURIComponent(svg)}` }; // as an image, it runs nothing
  const html = joined(data["text/html"]);
  if (html) return { kind: "html", html };
  const markdown = joined(data["text/markdown"]);
  if (markdown) return { kind: "markdown", text: markdown };
  const text = joined(data["text/plain"]);
  return text ? { kind: "text", text: plain(text), error: false } : null;
}

function joined(text: unknown): string {
  if (Array.isArray(text)) return text.map(String).join("");
  return typeof text === "string" ? text : "";
}

/** Without the colours of terminals. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- that is what they begin with
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}

/** HTML that somebody logged, as a page of its own that may load and run nothing. */
export function shutOff(html: string): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  const style = "body{font:13px/20px system-ui,sans-serif;margin:8px;color:#1b2330;background:#fff}table{border-collapse:collapse}td,th{padding:3px 8px;text-align:right;border-bottom:1px solid #e1e5eb}";
  return `<!doctype html><meta http-equiv="Content-Security-Policy" content="${policy}"><style>${style}</style>${html}`;
}
