/** A small Markdown: what notes are written in, as a tree that is rendered without ever making HTML of a text. */

export type Inline = { kind: "text" | "code" | "bold" | "italic"; text: string } | { kind: "link"; text: string; href: string };
export type Block =
  | { kind: "heading"; level: number; inlines: Inline[] }
  | { kind: "paragraph"; inlines: Inline[] }
  | { kind: "quote"; inlines: Inline[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "code"; text: string }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

const inline = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s](?:[^*]*[^*\s])?)\*|\b_([^_]+)_\b|\[([^\]]*)\]\(([^)\s]+)\)|(https?:\/\/[^\s<>)]+)/g;

/** Only to places that a browser can go to without running anything. */
export function safeHref(href: string): string | null {
  return /^(https?:|mailto:|\/(?!\/)|#)/i.test(href) ? href : null;
}

export function inlines(text: string): Inline[] {
  const found: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(inline)) {
    if (match.index > at) found.push({ kind: "text", text: text.slice(at, match.index) });
    const [whole, code, bold, bold2, italic, italic2, label, target, url] = match;
    if (code !== undefined) found.push({ kind: "code", text: code });
    else if (bold ?? bold2) found.push({ kind: "bold", text: bold ?? bold2 ?? "" });
    else if (italic ?? italic2) found.push({ kind: "italic", text: italic ?? italic2 ?? "" });
    else {
      const href = safeHref(target ?? url ?? "");
      const shown = label || (url ?? target ?? "");
      found.push(href ? { kind: "link", text: shown, href } : { kind: "text", text: whole });
    }
    at = match.index + whole.length;
  }
  if (at < text.length) found.push({ kind: "text", text: text.slice(at) });
  return found;
}

const cells = (line: string) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => inlines(cell.trim()));

export function blocks(source: string): Block[] {
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  const found: Block[] = [];
  let at = 0;
  const taken = (fits: (line: string) => boolean) => {
    const start = at;
    while (at < lines.length && fits(lines[at] ?? "")) at += 1;
    return lines.slice(start, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = /^\s*(?:[-*+]|(\d+)[.)])\s+/.exec(line);
    if (/^\s*```/.test(line)) {
      at += 1;
      const inside = taken((one) => !/^\s*```/.test(one));
      at += 1;
      found.push({ kind: "code", text: inside.join("\n") });
    } else if (heading) {
      found.push({ kind: "heading", level: heading[1]?.length ?? 1, inlines: inlines(heading[2] ?? "") });
      at += 1;
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      found.push({ kind: "rule" });
      at += 1;
    } else if (line.includes("|") && /^\s*\|?\s*:?-{2,}/.test(lines[at + 1] ?? "")) {
      at += 2;
      found.push({ kind: "table", head: cells(line), rows: taken((one) => one.includes("|")).map(cells) });
    } else if (item) {
      const items = taken((one) => /^\s*(?:[-*+]|\d+[.)])\s+/.test(one));
      found.push({ kind: "list", ordered: item[1] !== undefined, items: items.map((one) => inlines(one.replace(/^\s*(?:[-*+]|\d+[.)])\s+/, ""))) });
    } else if (/^\s*>/.test(line)) {
      found.push({ kind: "quote", inlines: inlines(taken((one) => /^\s*>/.test(one)).map((one) => one.replace(/^\s*>\s?/, "")).join(" ")) });
    } else if (line.trim() === "") at += 1;
    else {
      const first = lines[at] ?? "";
      at += 1;
      const rest = taken((one) => one.trim() !== "" && !/^(#{1,6}\s|\s*```|\s*[-*+]\s|\s*\d+[.)]\s|\s*>)/.test(one));
      found.push({ kind: "paragraph", inlines: inlines([first, ...rest].join(" ")) });
    }
  }
  return found;
}
