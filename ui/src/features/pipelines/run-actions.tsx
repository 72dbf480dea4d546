import { useRouter } from "@tanstack/react-router";
import { Archive, ArchiveRestore, Copy, RotateCcw, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { useDeletePipelineRun, usePipelineRunVerb } from "@/api/pipelines";
import type { PipelineRun } from "@/api/schema";
import { Button } from "@/components/button";
import { Dialog, Menu } from "@/components/overlay";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { NewRun } from "./new-run";

type Asking = "cancel" | "delete" | null;

export function RunActions({ run, document }: { run: PipelineRun; document: unknown }) {
  const router = useRouter();
  const [search, change] = useAddress();
  const verb = usePipelineRunVerb();
  const remove = useDeletePipelineRun();
  const [asking, setAsking] = useState<Asking>(null);
  const open = ["PENDING", "RUNNING"].includes(run.state);
  const again = ["FAILED", "CANCELED"].includes(run.state);
  const go = (what: "cancel" | "retry" | "archive" | "unarchive", said: string) => {
    setAsking(null);
    verb.mutate({ id: run.id, verb: what }, { onSuccess: () => tell(said), onError: tellError });
  };
  const drop = () =>
    remove.mutate(run.id, {
      onSuccess: () => {
        tell(`${run.name} is deleted`);
        void router.navigate({ href: "/pipelines/runs" });
      },
      onError: tellError,
    });
  return (
    <>
      {open && (
        <Button danger onClick={() => setAsking("cancel")}>
          <Square size={14} aria-hidden /> Terminate
        </Button>
      )}
      {again && (
        <Button primary disabled={verb.isPending} onClick={() => go("retry", "What did not succeed is done again")}>
          <RotateCcw size={14} aria-hidden /> Retry
        </Button>
      )}
      <Button disabled={document === undefined} onClick={() => change({ clone: "1" })}>
        <Copy size={14} aria-hidden /> Clone
      </Button>
      <Menu
        trigger={<Button>Actions</Button>}
        actions={[
          run.archived
            ? { label: "Unarchive", icon: <ArchiveRestore size={14} />, act: () => go("unarchive", `${run.name} is back in the list`) }
            : { label: "Archive", icon: <Archive size={14} />, act: () => go("archive", `${run.name} is archived`) },
          "rule",
          { label: "Delete…", icon: <Trash2 size={14} />, act: () => setAsking("delete"), danger: true },
        ]}
      />
      {asking && (
        <Dialog
          title={asking === "cancel" ? "Terminate this run?" : `Delete ${run.name}?`}
          open
          onClose={() => setAsking(null)}
          actions={
            <>
              <Button onClick={() => setAsking(null)}>Cancel</Button>
              {asking === "cancel" ? (
                <Button danger onClick={() => go("cancel", `${run.name} is being terminated`)}>
                  Terminate
                </Button>
              ) : (
                <Button danger onClick={drop}>
                  Delete for good
                </Button>
              )}
            </>
          }
        >
          <p>
            {asking === "cancel"
              ? "Steps that run are ended, with all that they have started. What has succeeded stays, and a retry goes on from there."
              : "Its tasks, values and logs go with it; models that were registered stay. This cannot be undone."}
          </p>
        </Dialog>
      )}
      {search.clone && document !== undefined && (
        <NewRun
          title={`Clone ${run.name}`}
          document={document}
          {...(run.pipeline_id ? { pipelineId: run.pipeline_id, versionId: run.version_id } : {})}
          given={run.parameters}
          name={`${run.name} (clone)`}
          experiment={run.experiment_id}
          close={() => change({ clone: undefined })}
        />
      )}
    </>
  );
}
