import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { contentUrl, fileQuery } from "@/api/queries";
import type { Artifact } from "@/api/schema";
import { Markdown } from "@/components/markdown";
import { EmptyState, Loaded, Skeleton } from "@/components/states";
import { bytes } from "@/lib/format";
import css from "./artifacts.module.css";
import { CsvTable } from "./csv-table";
import { Diff } from "@/components/diff";
import { Media } from "./media";
import { ParquetTable } from "./parquet-table";
import { TextView } from "./text-view";

const Notebook = lazy(() => import("./notebook"));
const mostText = 1_000_000;
const mostNotebook = 16_000_000;
const mostMedia = 64_000_000;
type Kind = "image" | "audio" | "video" | "html" | "markdown" | "csv" | "parquet" | "json" | "notebook" | "diff" | "text" | "none";

const kinds: Array<[Kind, RegExp]> = [
  ["image", /\.(png|jpe?g|gif|webp|bmp|svg|avif)$/i],
  ["audio", /\.(wav|mp3|ogg|oga|flac|m4a|aac|opus)$/i],
  ["video", /\.(mp4|m4v|webm|ogv|mov)$/i],
  ["html", /\.html?$/i],
  ["markdown", /\.(md|markdown)$/i],
  ["csv", /\.(csv|tsv)$/i],
  ["parquet", /\.(parquet|pq)$/i],
  ["notebook", /\.ipynb$/i],
  ["json", /\.(json|geojson)$/i],
  ["diff", /\.(diff|patch)$/i],
  ["text", /\.(txt|log|py|r|sh|ya?ml|toml|ini|cfg|conf|xml|rst|sql|js|ts|tsx|css|lock|jsonl|ndjson|err|out|ipy|scala|java|c|h|cpp|go|rs|jl)$/i],
  ["text", /(^|\/)(MLmodel|MLproject|Dockerfile|Makefile|LICENSE|README|requirements|conda)[^/]*$/],
];

function kindOf(path: string): Kind {
  return kinds.find(([, pattern]) => pattern.test(path))?.[0] ?? "none";
}

/** A file as what it is. Nothing of it runs in this page: pages are shown in a frame that is shut off. */
export function Preview({ run, file }: { run: string; file: Artifact }) {
  const kind = kindOf(file.path);
  const size = file.size ?? 0;
  if (kind === "none") return <EmptyState title="There is no preview of such files">Download it to look at it.</EmptyState>;
  if (size === 0) return <EmptyState title="This file is empty" />;
  switch (kind) {
    case "html":
      return <iframe className={css.frame} title={file.path} sandbox="allow-scripts" referrerPolicy="no-referrer" src={contentUrl(run, file.path, true)} />;
    case "image":
    case "audio":
    case "video":
      return size > mostMedia ? <TooLarge size={size} /> : <Media run={run} path={file.path} kind={kind} />;
    case "csv":
      return <CsvTable run={run} path={file.path} size={size} />;
    case "parquet":
      return <ParquetTable run={run} path={file.path} />;
    case "notebook":
      return size > mostNotebook ? <TooLarge size={size} /> : <Text run={run} path={file.path} kind={kind} size={size} />;
    default:
      return <Text run={run} path={file.path} kind={kind} size={size} />;
  }
}

function TooLarge({ size }: { size: number }) {
  return <EmptyState title={`With ${bytes(size)}, it is too large to be shown here`}>Download it to look at it.</EmptyState>;
}

function Text({ run, path, kind, size }: { run: string; path: string; kind: Kind; size: number }) {
  const most = kind === "notebook" ? mostNotebook : mostText;
  const found = useQuery(fileQuery(run, path, most));
  return (
    <Loaded query={found} what={path}>
      {(text) => (
        <>
          {size > most && <p className="muted">The first {bytes(most)} of {bytes(size)}.</p>}
          <Suspense fallback={<Skeleton />}>
            {kind === "markdown" ? (
              <Markdown text={text} />
            ) : kind === "notebook" ? (
              <Notebook text={text} />
            ) : kind === "diff" ? (
              <Diff text={text} />
            ) : (
              <TextView text={kind === "json" ? pretty(text) : text} name={path} />
            )}
          </Suspense>
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
