import type { Run } from "@/api/schema";
import { Code, CopyButton } from "@/components/code";
import layout from "@/components/layout.module.css";
import { Panel } from "@/components/panel";
import { sourceOf } from "@/lib/source";
import { Diff } from "@/components/diff";

/** Which code it was: enough to have it again. */
export function Source({ run }: { run: Run }) {
  const source = sourceOf(run);
  if (!source || (!source.commit && !source.diff)) return null;
  const { commit, link, branch, repository, dirty, diff, name } = source;
  return (
    <Panel title="Source">
      <div className="stack" style={{ gap: 10 }}>
        <dl className={layout.keyValues}>
          {name && (
            <>
              <dt>Entry point</dt>
              <dd className="mono">{name}</dd>
            </>
          )}
          {commit && (
            <>
              <dt>Commit</dt>
              <dd className="row tight mono">
                {link ? (
                  <a href={link} rel="noreferrer" target="_blank">
                    {commit.slice(0, 12)}
                  </a>
                ) : (
                  commit.slice(0, 12)
                )}
                <CopyButton text={commit} label="Copy the whole commit" />
              </dd>
            </>
          )}
          {branch && (
            <>
              <dt>Branch</dt>
              <dd className="mono">{branch}</dd>
            </>
          )}
          {repository && (
            <>
              <dt>Repository</dt>
              <dd className="mono">{repository}</dd>
            </>
          )}
          {(dirty || diff) && (
            <>
              <dt>Changes</dt>
              <dd>{diff ? "not committed, shown below" : "there were some that were not committed"}</dd>
            </>
          )}
        </dl>
        {diff && (
          <details>
            <summary>What was changed since the commit</summary>
            <Diff text={diff} />
          </details>
        )}
        {commit && <Code label="To have the code again" text={`git checkout ${commit}`} />}
      </div>
    </Panel>
  );
}
