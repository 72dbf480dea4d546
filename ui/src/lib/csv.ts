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

const [quote, newline, carriage] = [34, 10, 13];

/** How many bytes of a CSV file its first rows take, at most `most` of them; 0 when not even one is whole. */
export function endOfRows(file: Uint8Array, most: number, separator = ","): number {
  const between = separator.charCodeAt(0);
  let end = 0;
  let quoted = false;
  let begins = true;
  for (let at = 0, rows = 0; at < file.length && rows < most; at += 1) {
    const letter = file[at];
    if (letter === quote && (begins || quoted)) quoted = !quoted;
    else if (letter === newline && !quoted) {
      end = at + 1;
      rows += 1;
    }
    // Two quotes within a quoted cell end it and begin it anew, which comes to the same.
    begins = !quoted && (letter === between || letter === newline || letter === carriage || letter === quote);
  }
  return end;
}

export function download(name: string, content: string, type = "text/csv"): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
