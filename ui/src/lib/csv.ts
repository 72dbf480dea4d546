/** A cell that a spreadsheet would run as a formula begins with a quote instead. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csv(rows: ReadonlyArray<ReadonlyArray<string | number | null | undefined>>): string {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Rows of a CSV text, at most `limit`; quoted cells may hold commas, quotes and line ends. */
export function parseCsv(text: string, limit: number, separator = ","): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let value = "";
  let quoted = false;
  for (let at = 0; at < text.length && rows.length < limit; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter === '"' && text[at + 1] === '"') {
        value += '"';
        at += 1;
      } else if (letter === '"') quoted = false;
      else value += letter;
    } else if (letter === '"' && value === "") quoted = true;
    else if (letter === separator) {
      row.push(value);
      value = "";
    } else if (letter === "\n" || letter === "\r") {
      if (letter === "\r" && text[at + 1] === "\n") at += 1;
      rows.push([...row, value]);
      row = [];
      value = "";
    } else value += letter;
  }
  if (rows.length < limit && (value !== "" || row.length > 0)) rows.push([...row, value]);
  return rows;
}

export function download(name: string, content: string, type = "text/csv"): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
