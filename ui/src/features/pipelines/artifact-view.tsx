import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Download, Folder } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { artifactFilesQuery, artifactHeadQuery, artifactLineageQuery, artifactUrl } from "@/api/pipelines";
import type { PipelineArtifact } from "@/api/schema";
import { Button, look } from "@/components/button";
import { Link, to } from "@/components/link";
import { Markdown } from "@/components/markdown";
import { CopyButton } from "@/components/code";
import layout from "@/components/layout.module.css";
import tag from "@/components/tag.module.css";
import { Skeleton } from "@/components/states";
import { parseCsv } from "@/lib/csv";
import { bytes } from "@/lib/format";
import { Metrics } from "./metrics-view";
import { Scroller } from "./scroller";
import css from "./task.module.css";
import { Values } from "./values";

const head = 64_000;
const rows = 50;
const mostImage = 16_000_000;
const kept = (uri: string) => uri.startsWith("mlflow-artifacts:");
const isMetrics = (type: string) => type.endsWith("Metrics");

/** An artifact with what can be seen of it; `made`: by the task that is shown, so that it is opened at once. */
export function ArtifactView({ name, artifact, made }: { name: string; artifact: PipelineArtifact; made: boolean }) {
  const type = artifact.type.replace(/^system\./, "");
  const shown = isMetrics(artifact.type) || type === "HTML" || type === "Markdown";
  const [open, setOpen] = useState(made && shown);
  const Arrow = open ? ChevronDown : ChevronRight;
  return (
    <div className={css.artifact}>
      <div className="row tight">
        <button type="button" className={css.unfold} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Arrow size={14} aria-hidden />
          <strong className="ellipsis">{name}</strong>
          <span className={tag.tag}>{type}</span>
        </button>
        {kept(artifact.uri) && !isMetrics(artifact.type) && (
          <a className={look({ quiet: true, small: true, icon: true })} href={artifactUrl(artifact.id)} download aria-label={`Download ${name}`} title="Download">
            <Download size={14} aria-hidden />
          </a>
        )}
      </div>
      {open && (
        <div className={css.content}>
          {isMetrics(artifact.type) ? <Metrics metadata={artifact.metadata} /> : <Values of={artifact.metadata} />}
          {!isMetrics(artifact.type) && kept(artifact.uri) && <Preview artifact={artifact} type={type} />}
          <div className="row tight small muted">
            <code className="ellipsis grow" title={artifact.uri}>{artifact.uri}</code>
            <CopyButton text={artifact.uri} label="Copy the URI" />
          </div>
          <Uses id={artifact.id} asked={!(made && shown)} />
        </div>
      )}
    </div>
  );
}

function Preview({ artifact, type }: { artifact: PipelineArtifact; type: string }) {
  const found = useQuery({ ...artifactHeadQuery(artifact.id, "", head), enabled: type !== "HTML" });
  if (type === "HTML") {
    return <iframe className={css.page} title={artifact.name} sandbox="allow-scripts" referrerPolicy="no-referrer" src={artifactUrl(artifact.id, "", true)} />;
  }
  if (found.error) return <Files id={artifact.id} otherwise={found.error.message} />;
  if (!found.data) return <Skeleton rows={2} />;
  return <Content id={artifact.id} {...found.data} markdown={type === "Markdown"} path={artifact.uri} />;
}

/** Text as text, tables as tables, images as images; of anything else how large it is. */
function Content({ id, bytes: content, size, markdown, path }: { id: string; bytes: Uint8Array; size: number; markdown: boolean; path: string }) {
  const text = useMemo(() => decoded(content), [content]);
  const cut = size > content.length;
  const image = imageOf(content);
  if (size === 0) return <p className="muted small">The file is empty.</p>;
  if (image && size <= mostImage) return <Image id={id} path={path} type={image} />;
  if (text === null) return <p className="muted small">{bytes(size)} that are no text. Download it to look at it.</p>;
  const table = /\.(csv|tsv)$/i.test(path) || isTable(text) ? parseCsv(text, rows + 2, path.endsWith(".tsv") ? "\t" : ",") : null;
  return (
    <>
      {markdown ? <Markdown text={text} /> : table ? <Table rows={cut ? table.slice(0, -1) : table} /> : <Scroller label="Content" className={css.text ?? ""}>{text}</Scroller>}
      <p className="muted small">{cut || (table && table.length > rows) ? `The beginning of ${bytes(size)}` : bytes(size)}</p>
    </>
  );
}

/** The server sends files as downloads, so it is fetched and shown from memory. */
function Image({ id, path, type }: { id: string; path: string; type: string }) {
  const found = useQuery(artifactHeadQuery(id, "", mostImage));
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!found.data) return;
    const made = URL.createObjectURL(new Blob([found.data.bytes], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [found.data, type]);
  return url ? <img className={css.image} alt={path} src={url} /> : <Skeleton rows={3} />;
}

function Table({ rows: [names = [], ...body] }: { rows: string[][] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Content">
      <table className={layout.table}>
        <thead>
          <tr>{names.map((cell, at) => <th key={at} scope="col">{cell}</th>)}</tr>
        </thead>
        <tbody>
          {body.slice(0, rows).map((row, at) => (
            <tr key={at}>{row.map((cell, place) => <td key={place} className={cell !== "" && !Number.isNaN(Number(cell)) ? "number" : ""}>{cell}</td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function decoded(content: Uint8Array): string | null {
  if (content.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content, { stream: true });
  } catch {
    return null;
  }
}

const isTable = (text: string) => {
  const [first = "", second = ""] = text.split("\n");
  const commas = first.split(",").length;
  return commas > 1 && second !== "" && commas === second.split(",").length && !/[{}[\]<>]/.test(first);
};

function imageOf(content: Uint8Array): string | null {
  const start = String.fromCharCode(...content.slice(0, 12));
  if (start.startsWith("\x89PNG")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (start.startsWith("GIF8")) return "image/gif";
  return start.startsWith("RIFF") && start.endsWith("WEBP") ? "image/webp" : null;
}

/** An artifact that is a directory. */
function Files({ id, otherwise }: { id: string; otherwise: string }) {
  const [folder, setFolder] = useState("");
  const found = useQuery(artifactFilesQuery(id, folder));
  if (!found.data) return <Skeleton rows={2} />;
  if (found.data.items.length === 0 && folder === "") return <p className="muted small">{otherwise}</p>;
  return (
    <ul className={css.files}>
      {folder !== "" && (
        <li>
          <Button quiet small onClick={() => setFolder(folder.split("/").slice(0, -1).join("/"))}>.. (up)</Button>
        </li>
      )}
      {found.data.items.map((one) => (
        <li key={one.path}>
          {one.is_dir ? (
            <Button quiet small onClick={() => setFolder(one.path)}>
              <Folder size={14} aria-hidden /> {one.path.split("/").pop()}
            </Button>
          ) : (
            <>
              <a href={artifactUrl(id, one.path)} download className="ellipsis grow">{one.path.split("/").pop()}</a>
              <span className="muted small">{one.size === null ? "" : bytes(one.size)}</span>
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Who else made and read it, and what was registered of it; looked for at once where somebody has opened the artifact. */
function Uses({ id, asked }: { id: string; asked: boolean }) {
  const [wanted, want] = useState(asked);
  const found = useQuery({ ...artifactLineageQuery(id), enabled: wanted });
  const { uses = [], models = [] } = found.data ?? {};
  if (!wanted) {
    return (
      <div>
        <Button quiet small onClick={() => want(true)}>
          Who made and read it
        </Button>
      </div>
    );
  }
  if (uses.length === 0) return null;
  return (
    <ul className={css.uses} aria-label="Uses">
      {uses.slice(0, 12).map((use) => (
        <li key={`${use.task_id}/${use.direction}/${use.name}`} className="small">
          <span className="muted">{use.direction === "output" ? "made by" : "read by"}</span>{" "}
          <Link to={to.pipelineRun(use.run_id, `?task=${use.task_id}`)}>{use.task_name} in {use.run_name}</Link>
        </li>
      ))}
      {uses.length > 12 && <li className="small muted">and {uses.length - 12} more</li>}
      {models.map((one) => (
        <li key={`${one.model}/${one.version}`} className="small">
          <span className="muted">registered as</span> <Link to={to.version(one.model, one.version)}>{one.model} v{one.version}</Link>
        </li>
      ))}
    </ul>
  );
}
