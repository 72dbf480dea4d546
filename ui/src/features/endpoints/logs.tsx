import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { logsQuery } from "@/api/queries";
import type { Endpoint } from "@/api/schema";
import { CopyButton } from "@/components/code";
import { Panel } from "@/components/panel";
import { Loaded } from "@/components/states";
import { useAddress } from "@/components/use-address";
import css from "./endpoints.module.css";

/** The last lines of a revision's replicas, which go on by themselves as long as one reads at the end. */
export function Logs({ endpoint }: { endpoint: Endpoint }) {
  const [search, change] = useAddress();
  const revision = search.revision ? Number(search.revision) : null;
  const found = useQuery({ ...logsQuery(endpoint.name, revision), refetchInterval: 2000 });
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [found.data]);
  return (
    <Panel
      title="Logs"
      side={
        <>
          <select
            aria-label="Revision"
            value={search.revision ?? ""}
            onChange={(event) => change({ revision: event.target.value || undefined })}
          >
            <option value="">newest that wrote any</option>
            {endpoint.revisions.map((one) => (
              <option key={one.number} value={one.number}>revision {one.number}</option>
            ))}
          </select>
          {found.data && <CopyButton text={found.data.text} label="Copy the log" />}
        </>
      }
      flush
    >
      <Loaded query={found} what="The log">
        {({ text }) => (
          <pre
            ref={box}
            className={`${css.log} mono`}
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
            tabIndex={0}
            role="region"
            aria-label="Last 500 lines"
            onScroll={(event) => {
              const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
              follows.current = scrollHeight - scrollTop - clientHeight < 24;
            }}
          >
            {text || "Nothing was written yet."}
          </pre>
        )}
      </Loaded>
    </Panel>
  );
}
