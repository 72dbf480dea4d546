import { useRouter } from "@tanstack/react-router";
import { Play, Square, Trash2 } from "lucide-react";
import { useState } from "react";
import { useEndpointVerb, useRemoveEndpoint } from "@/api/changes";
import type { Endpoint } from "@/api/schema";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { Dialog, Menu } from "@/components/overlay";
import { tell, tellError } from "@/components/toasts";

export function Actions({ endpoint }: { endpoint: Endpoint }) {
  const router = useRouter();
  const verb = useEndpointVerb();
  const remove = useRemoveEndpoint();
  const [asking, setAsking] = useState(false);
  const { rollout, generation, name } = endpoint;
  const go = (what: "promote" | "rollback" | "stop" | "start", said: string) => verb.mutate({ name, verb: what, generation }, { onSuccess: () => tell(said), onError: tellError });
  const stopped = rollout?.stopped ?? false;
  return (
    <>
      {rollout && rollout.canary > 0 && (
        <>
          <Button primary onClick={() => go("promote", `Revision ${rollout.canary} gets all requests`)}>
            Promote revision {rollout.canary}
          </Button>
          <Button danger onClick={() => go("rollback", `Back to revision ${rollout.stable}`)}>
            Roll back
          </Button>
        </>
      )}
      {rollout && rollout.canary === 0 && rollout.previous > 0 && (
        <Button onClick={() => go("rollback", `Back to revision ${rollout.previous}`)}>Back to revision {rollout.previous}</Button>
      )}
      <Menu
        trigger={<Button>Actions</Button>}
        actions={[
          stopped
            ? { label: "Start", icon: <Play size={14} />, act: () => go("start", `${name} is starting`) }
            : { label: "Stop", icon: <Square size={14} />, act: () => go("stop", `${name} is stopping`) },
          "rule",
          { label: "Remove…", icon: <Trash2 size={14} />, act: () => setAsking(true), danger: true },
        ]}
      />
      {asking && (
        <RemoveDialog
          name={name}
          close={() => setAsking(false)}
          remove={() =>
            remove.mutate(name, {
              onSuccess: () => {
                tell(`${name} is being removed`);
                void router.navigate({ href: "/endpoints" });
              },
              onError: tellError,
            })
          }
        />
      )}
    </>
  );
}

function RemoveDialog({ name, close, remove }: { name: string; close: () => void; remove: () => void }) {
  const [typed, setTyped] = useState("");
  return (
    <Dialog
      title={`Stop serving ${name}?`}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button danger disabled={typed !== name} onClick={remove}>
            Remove {name}
          </Button>
        </>
      }
    >
      <p>Requests that are running are answered; those that come later are refused.</p>
      <Field label={`Type ${name} to go on`}>
        <Input value={typed} autoFocus onChange={(event) => setTyped(event.target.value)} />
      </Field>
    </Dialog>
  );
}
