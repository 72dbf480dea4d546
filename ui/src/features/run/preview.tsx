import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { reach } from "@/api/client";
import { contentUrl, fileQuery } from "@/api/queries";
import type { Artifact } from "@/api/schema";
import code from "@/components/code.module.css";
import layout from "@/components/layout.module.css";
import { Markdown } from "@/components/markdown";
import { EmptyState, Loaded, Skeleton, ErrorState } from "@/components/states";
import { parseCsv } from "@/lib/csv";
import { bytes, grouped } from "@/lib/format";
import css from "./artifacts.module.css";

const mostText = 1_000_000;
const mostMedia = 64_000_000;
const mostRows = 1000;
type Kind = "image" | "audio" | "video" | "html" | "markdown" | "table" | "json" | "notebook" | "text" | "none";

const kinds: Array<[Kind, RegExp]> = [
  ["image", /\.(png|jpe?g|gif|webp|bmp|svg|avif)$/i],
  ["audio", /\.(wav|mp3|ogg|flac|m4a)$/i],
  ["video", /\.(mp4|webm|mov)$/i],
  ["html", /\.html?$/i],
  ["markdown", /\.(md|markdown)$/i],
  ["table", /\.(csv|tsv)$/i],
  ["notebook", /\.ipynb$/i],
  ["json", /\.(json|geojson)$/i],
  ["text", /\.(txt|log|py|r|sh|ya?ml|toml|ini|cfg|conf|xml|rst|sql|js|ts|css|diff|patch|lock|jsonl|err|out)$/i],
  ["text", /(^|\/)(MLmodel|MLproject|Dockerfile|Makefile|LICENSE|requirements)[^/]*$/],
];

function kindOf(path: string): Kind {
  return kinds.find(([, pattern]) => pattern.test(path))?.[0] ?? "none";
}

/** A file as what it is. Nothing of it runs in this page: pages are shown in a frame that is shut off. */
export function Preview({ run, file }: { run: string; file: Artifact }) {
  const kind = kindOf(file.path);
  const size = file.size ?? 0;
  if (kind === "html") return <iframe className={css.frame} title={file.path} sandbox="allow-scripts" referrerPolicy="no-referrer" src={contentUrl(run, file.path, true)} />;
  if (kind === "image" || kind === "audio" || kind === "video") {
    return size > mostMedia ? <TooLarge size={size} /> : <Media run={run} path={file.path} kind={kind} />;
  }
  if (kind === "none") return <EmptyState title="There is no preview of such files">Download it to look at it.</EmptyState>;
  return <Text run={run} path={file.path} kind={kind} size={size} />;
}

function TooLarge({ size }: { size: number }) {
  return <EmptyState title={`With ${bytes(size)}, it is too large to be shown here`} />;
}

/** The server sends files as downloads, so they are fetched and shown from memory. */
function Media({ run, path, kind }: { run: string; path: string; kind: "image" | "audio" | "video" }) {
  const [url, setUrl] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    let made: string | null = null;
    let gone = false;
    reach(contentUrl(run, path))
      .then((answer) => answer.blob())
      .then((blob) => {
        made = gone ? null : URL.createObjectURL(blob);
        return setUrl(made);
      })
      .catch((problem: Error) => gone || setError(problem));
    return () => {
      gone = true;
      if (made) URL.revokeObjectURL(made);
    };
  }, [run, path]);
  if (error) return <ErrorState error={error} what={path} />;
  if (!url) return <Skeleton rows={4} />;
  if (kind === "image") return <img src={url} alt={path} />;
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- what was logged has none
  return kind === "audio" ? <audio controls src={url} /> : <video controls src={url} style={{ maxWidth: "100%" }} />;
}

function Text({ run, path, kind, size }: { run: string; path: string; kind: Kind; size: number }) {
  const found = useQuery(fileQuery(run, path, mostText));
  const cut = size > mostText;
  return (
    <Loaded query={found} what={path}>
      {(text) => (
        <>
          {cut && <p className="muted">The first {bytes(mostText)} of {bytes(size)}.</p>}
          {kind === "markdown" ? (
            <Markdown text={text} />
          ) : kind === "table" ? (
            <Table text={text} separator={path.toLowerCase().endsWith(".tsv") ? "\t" : ","} cut={cut} />
          ) : kind === "notebook" ? (
            <Notebook text={text} />
          ) : (
            <pre className={css.text}>{kind === "json" ? pretty(text) : text}</pre>
          )}
        </>
      )}
    </Loaded>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Table({ text, separator, cut }: { text: string; separator: string; cut: boolean }) {
  const rows = useMemo(() => parseCsv(text, mostRows + 2, separator), [text, separator]);
  const [head = [], ...body] = cut ? rows.slice(0, -1) : rows;
  const shown = body.slice(0, mostRows);
  return (
    <>
      <p className="muted small">
        {body.length > mostRows || cut ? `The first ${grouped(shown.length)} rows` : `${grouped(shown.length)} rows`}, {head.length} columns
      </p>
      <table className={layout.table}>
        <thead>
          <tr>{head.map((cell, at) => <th key={at} scope="col">{cell}</th>)}</tr>
        </thead>
        <tbody>
          {shown.map((row, at) => (
            <tr key={at}>{row.map((cell, place) => <td key={place} className={cell !== "" && !Number.isNaN(Number(cell)) ? "number" : ""}>{cell}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

type Cell = { cell_type?: string; source?: string | string[]; outputs?: Array<{ text?: string | string[]; data?: Record<string, string | string[]> }> };
const joined = (text: string | string[] | undefined) => (Array.isArray(text) ? text.join("") : (text ?? ""));

/** Cells with their texts and images; what else a notebook may hold is left out. */
function Notebook({ text }: { text: string }) {
  let cells: Cell[] = [];
  try {
    cells = (JSON.parse(text) as { cells?: Cell[] }).cells ?? [];
  } catch {
    return <pre className={css.text}>{text}</pre>;
  }
  return (
    <div className="stack">
      {cells.map((cell, at) =>
        cell.cell_type === "markdown" ? (
          <Markdown key={at} text={joined(cell.source)} />
        ) : (
          <div key={at} className="stack" style={{ gap: 6 }}>
            <pre className={code.code}>{joined(cell.source)}</pre>
            {cell.outputs?.map((output, place) => {
              const image = joined(output.data?.["image/png"]).replaceAll("\n", "");
              if (image) return <img key={place} alt={`Output of cell ${at + 1}`} src={`data:image/png;base64,${image}`} />;
              const shown = joined(output.text) || joined(output.data?.["text/plain"]);
              return shown ? <pre key={place} className={css.text}>{shown}</pre> : null;
            })}
          </div>
        ),
      )}
    </div>
  );
}
