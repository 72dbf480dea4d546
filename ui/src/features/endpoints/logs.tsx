import { useQuery } from "@tanstack/react-query";
import { logsQuery } from "@/api/queries";
import type { Endpoint } from "@/api/schema";
import { CopyButton } from "@/components/code";
import { Log } from "@/components/log";
import { Panel } from "@/components/panel";
import { Loaded } from "@/components/states";
import { useAddress } from "@/components/use-address";

/** The last lines of a revision's replicas, which go on by themselves as long as one reads at the end. */
export function Logs({ endpoint }: { endpoint: Endpoint }) {
  const [search, change] = useAddress();
  const revision = search.revision ? Number(search.revision) : null;
  const found = useQuery({ ...logsQuery(endpoint.name, revision), refetchInterval: 2000 });
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
        {({ text }) => <Log label="Last 500 lines" text={text} otherwise="Nothing was written yet." />}
      </Loaded>
    </Panel>
  );
}
