import { useQuery } from "@tanstack/react-query";
import { useParams, useRouter } from "@tanstack/react-router";
import { CalendarClock, Play, Trash2, Upload, Zap } from "lucide-react";
import { useState } from "react";
import { pipelineQuery, pipelineRunsQuery, pipelineVersionQuery, pipelineVersionsQuery, useDeletePipeline } from "@/api/pipelines";
import type { Pipeline, PipelineVersion } from "@/api/schema";
import { Button } from "@/components/button";
import { Link, to } from "@/components/link";
import { Dialog, Menu } from "@/components/overlay";
import layout from "@/components/layout.module.css";
import { Page } from "@/components/page";
import { Tabs } from "@/components/tabs";
import { Ago } from "@/components/time";
import { EmptyState, ErrorState, Loaded, Skeleton } from "@/components/states";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { grouped, plural } from "@/lib/format";
import { countOf, plansOf, sdkOf } from "@/lib/pipelines/ir";
import { pipelineCode } from "./code";
import { NewRun } from "./new-run";
import { PipelineLineage } from "./pipeline-lineage";
import { Strip } from "./pipelines";
import css from "./pipelines.module.css";
import { PlanGraph } from "./plan-graph";
import { RunTable } from "./run-table";
import { SelectedRuns, useRunSelection } from "./selected-runs";
import { ScheduleForm } from "./schedule-form";
import { ScheduleTable } from "./schedule-table";
import { UploadDialog } from "./upload";
import { Source } from "./source";

const crumbs = [{ label: "Pipelines", to: "/pipelines" }];
const tabs = [
  { value: "graph", label: "Graph" },
  { value: "runs", label: "Runs" },
  { value: "schedules", label: "Schedules" },
  { value: "versions", label: "Versions" },
  { value: "yaml", label: "YAML" },
];

export function PipelinePage() {
  const { id = "" } = useParams({ strict: false });
  const found = useQuery(pipelineQuery(id));
  const versions = useQuery(pipelineVersionsQuery(id));
  if (found.data && versions.data) return <Shown pipeline={found.data} versions={versions.data.items} total={versions.data.total} />;
  const error = found.error ?? versions.error;
  return (
    <Page title="Pipeline" name="Pipeline" crumbs={crumbs}>
      {error ? <ErrorState error={error} what="This pipeline" retry={() => void found.refetch()} /> : <Skeleton />}
    </Page>
  );
}

type Given = { pipeline: Pipeline; versions: readonly PipelineVersion[]; total: number };

function Shown({ pipeline, versions, total }: Given) {
  const [search, change] = useAddress();
  const name = pipeline.display_name || pipeline.name;
  const version = search.version ?? versions[0]?.id ?? "";
  const found = useQuery({ ...pipelineVersionQuery(pipeline.id, version), enabled: version !== "" });
  const runs = useQuery({ ...pipelineRunsQuery({ pipeline_id: pipeline.id }), refetchInterval: 15_000 });
  const tab = tabs.find((one) => one.value === search.tab)?.value ?? "graph";
  const document = found.data?.document;
  const selection = useRunSelection();
  return (
    <Page
      title={name}
      name={name}
      crumbs={crumbs}
      facts={
        <>
          {pipeline.description && <span>{pipeline.description}</span>}
          <span>
            made <Ago at={pipeline.created_at} />
          </span>
          <span>{plural(total, "version")}</span>
          {found.data && <span>{plural(countOf(plansOf(document)), "task")}, {sdkOf(document)}</span>}
        </>
      }
      actions={<Actions pipeline={pipeline} ready={document !== undefined} />}
      code={pipelineCode(pipeline, version, window.location.origin)}
    >
      <PipelineLineage pipeline={pipeline} newest={runs.data?.items[0]} />
      <div className="row wrap">
        <label className="row tight">
          <span className="muted">Version</span>
          <select value={version} onChange={(event) => change({ version: event.target.value, task: undefined, open: undefined })}>
            {versions.every((one) => one.id !== version) && <option value={version}>{found.data?.name ?? version}</option>}
            {versions.map((one, at) => (
              <option key={one.id} value={one.id}>
                {one.display_name || one.name}
                {at === 0 ? " (newest)" : ""}
              </option>
            ))}
          </select>
        </label>
        {found.data?.description && found.data.description !== pipeline.description && <span className="muted ellipsis">{found.data.description}</span>}
        <span className="end">
          <Strip runs={(runs.data?.items ?? []).slice(0, 20)} pipeline={pipeline.id} />
        </span>
      </div>
      <Tabs label="About this pipeline" tabs={tabs} chosen={tab} choose={(value) => change({ tab: value === "graph" ? undefined : value }, true)} />
      {version === "" && <EmptyState title="This pipeline has no version">Upload a file to it.</EmptyState>}
      {tab === "graph" && version !== "" && <Loaded query={found} what="This version">{(one) => <PlanGraph document={one.document} name={name} />}</Loaded>}
      {tab === "yaml" && version !== "" && <Loaded query={found} what="This version">{(one) => <Source document={one.document} name={pipeline.name} />}</Loaded>}
      {tab === "runs" && (
        <Loaded query={runs} what="The runs">
          {({ items, total }) =>
            items.length === 0 ? (
              <EmptyState title="It has not run yet" />
            ) : (
              <>
                <SelectedRuns selection={selection} />
                <RunTable runs={items} selection={selection} of={false} />
                {items.length < total && <p className="muted">Showing the newest {grouped(items.length)} of {grouped(total)}</p>}
              </>
            )
          }
        </Loaded>
      )}
      {tab === "schedules" && <ScheduleTable pipeline={pipeline.id} none="Nothing starts it by itself." />}
      {tab === "versions" && <Versions pipeline={pipeline} versions={versions} total={total} />}
      {search.new && document !== undefined && (
        <NewRun title={`Run ${name}`} document={document} pipelineId={pipeline.id} versionId={version} close={() => change({ new: undefined })} />
      )}
      {search.schedule && document !== undefined && (
        <ScheduleForm pipeline={pipeline} versions={versions} version={search.version ?? ""} document={document} close={() => change({ schedule: undefined })} />
      )}
      {search.upload && <UploadDialog pipeline={pipeline} close={() => change({ upload: undefined })} />}
    </Page>
  );
}

function Actions({ pipeline, ready }: { pipeline: Pipeline; ready: boolean }) {
  const router = useRouter();
  const [, change] = useAddress();
  const remove = useDeletePipeline();
  const [asking, setAsking] = useState(false);
  const drop = () =>
    remove.mutate(pipeline.id, {
      onSuccess: () => {
        tell(`${pipeline.name} is deleted`);
        void router.navigate({ href: "/pipelines" });
      },
      onError: tellError,
    });
  return (
    <>
      <Button primary disabled={!ready} onClick={() => change({ new: "1" })}>
        <Play size={14} aria-hidden /> New run
      </Button>
      <Button disabled={!ready} onClick={() => change({ schedule: "1" })}>
        <CalendarClock size={14} aria-hidden /> Schedule
      </Button>
      <Menu
        trigger={<Button>Actions</Button>}
        actions={[
          { label: "Start when something happens…", icon: <Zap size={14} />, act: () => void router.navigate({ href: `/triggers?new=${pipeline.id}` }) },
          { label: "Upload a version", icon: <Upload size={14} />, act: () => change({ upload: "1" }) },
          "rule",
          { label: "Delete…", icon: <Trash2 size={14} />, act: () => setAsking(true), danger: true },
        ]}
      />
      {asking && (
        <Dialog
          title={`Delete ${pipeline.name}?`}
          open
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>Cancel</Button>
              <Button danger onClick={drop}>
                Delete with all versions
              </Button>
            </>
          }
        >
          <p>Its runs stay: each has kept what it ran. Schedules of its newest version can start nothing any more.</p>
        </Dialog>
      )}
    </>
  );
}

function Versions({ pipeline, versions, total }: Given) {
  return (
    <>
      <div className={css.scroll}>
        <table className={layout.table}>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Description</th>
              <th scope="col">Made</th>
            </tr>
          </thead>
          <tbody>
            {versions.map((one) => (
              <tr key={one.id}>
                <td>
                  <Link to={to.pipeline(pipeline.id, `?version=${one.id}`)}>{one.display_name || one.name}</Link>
                </td>
                <td className="muted">{one.description}</td>
                <td className="muted">
                  <Ago at={one.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {versions.length < total && <p className="muted">Showing the newest {grouped(versions.length)} of {grouped(total)}</p>}
    </>
  );
}
