import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Download, File, Folder, FolderDown } from "lucide-react";
import { useState } from "react";
import { archiveUrl, contentUrl, folderQuery } from "@/api/queries";
import type { Artifact, Run } from "@/api/schema";
import { look } from "@/components/button";
import { CopyButton } from "@/components/code";
import { EmptyState, ErrorState, Loaded, Skeleton } from "@/components/states";
import { useAddress } from "@/components/use-address";
import { bytes } from "@/lib/format";
import css from "./artifacts.module.css";
import { ImageSteps } from "./image-steps";
import { Preview } from "./preview";

/** The files of a run as a tree, and the one that is chosen beside it. */
export default function Artifacts({ run }: { run: Run }) {
  const [search, change] = useAddress();
  const top = useQuery(folderQuery(run.id, ""));
  const path = search.path ?? "";
  const choose = (file: string) => change({ path: file, line: undefined, row: undefined }, true);
  if (top.error && !top.data) return <ErrorState error={top.error} what="Artifacts" retry={() => void top.refetch()} />;
  if (!top.data) return <Skeleton />;
  if (top.data.items.length === 0) {
    return (
      <EmptyState title="This run has no artifacts">
        <p className="muted">
          They lie at <code>{run.artifact_uri}</code>.
        </p>
      </EmptyState>
    );
  }
  return (
    <div className={css.browser}>
      <nav className={css.tree} aria-label="Artifacts">
        <a className={css.all} href={archiveUrl(run.id)} download>
          <FolderDown size={14} aria-hidden /> Download all as a zip
        </a>
        <Level run={run.id} items={top.data.items} depth={0} path={path} choose={choose} />
      </nav>
      <div className={css.view}>
        {path ? (
          <Chosen run={run} path={path} />
        ) : (
          <p className="muted" style={{ padding: 16 }}>
            Choose a file to see it here.
          </p>
        )}
      </div>
    </div>
  );
}

type LevelProps = { run: string; items: readonly Artifact[]; depth: number; path: string; choose: (path: string) => void };

function Level({ items, ...rest }: LevelProps) {
  return (
    <ul>
      {items.map((one) => (
        <li key={one.path}>{one.is_dir ? <Directory one={one} {...rest} /> : <Leaf one={one} {...rest} />}</li>
      ))}
    </ul>
  );
}

type EntryProps = Omit<LevelProps, "items"> & { one: Artifact };
const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1);

function Directory({ one, run, depth, path, choose }: EntryProps) {
  const [open, setOpen] = useState(path.startsWith(`${one.path}/`));
  const found = useQuery({ ...folderQuery(run, one.path), enabled: open });
  const Icon = open ? ChevronDown : ChevronRight;
  return (
    <>
      <div className={css.folder}>
        <button type="button" className={css.entry} style={{ paddingLeft: 6 + depth * 16 }} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon size={14} aria-hidden />
          <Folder size={14} aria-hidden />
          <span className="ellipsis">{nameOf(one.path)}</span>
        </button>
        <a href={archiveUrl(run, one.path)} download title="Download as a zip" aria-label={`Download ${one.path} as a zip`}>
          <FolderDown size={14} aria-hidden />
        </a>
      </div>
      {open && <Loaded query={found} what={one.path} rows={2}>{({ items }) => <Level run={run} items={items} depth={depth + 1} path={path} choose={choose} />}</Loaded>}
    </>
  );
}

function Leaf({ one, depth, path, choose }: EntryProps) {
  return (
    <button type="button" className={css.entry} style={{ paddingLeft: 26 + depth * 16 }} aria-current={one.path === path} onClick={() => choose(one.path)}>
      <File size={14} aria-hidden />
      <span className="ellipsis grow">{nameOf(one.path)}</span>
      <span className="muted small">{one.size === null ? "" : bytes(one.size)}</span>
    </button>
  );
}

function Chosen({ run, path }: { run: Run; path: string }) {
  const folder = useQuery(folderQuery(run.id, path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ""));
  const file = folder.data?.items.find((one) => one.path === path);
  return (
    <>
      <div className={css.head}>
        <span className="mono grow ellipsis">{path}</span>
        {file?.size !== null && file && <span className="muted">{bytes(file.size)}</span>}
        <CopyButton text={`runs:/${run.id}/${path}`} label="Copy its address" />
        <a className={look({ small: true })} href={contentUrl(run.id, path)} download={nameOf(path)}>
          <Download size={14} aria-hidden /> Download
        </a>
      </div>
      <div className={css.content}>
        {folder.data && <ImageSteps run={run.id} path={path} beside={folder.data.items} />}
        {folder.data && !file ? <EmptyState title="There is no such file in this run" /> : file && <Preview key={path} run={run.id} file={file} />}
      </div>
    </>
  );
}
