import { useQuery } from "@tanstack/react-query";
import { serverQuery } from "@/api/queries";
import type { Trigger } from "@/api/schema";
import { webhookUrl } from "@/api/triggers";
import { Button } from "@/components/button";
import { Code } from "@/components/code";
import { Dialog } from "@/components/overlay";
import { signedCurl } from "@/lib/pipelines/triggers";

/** What is told once: after this, nobody can read it here any more. */
export function TriggerSecret({ trigger, close }: { trigger: Trigger; close: () => void }) {
  const server = useQuery(serverQuery());
  const url = webhookUrl(server.data?.url ?? window.location.origin, trigger.id);
  return (
    <Dialog title={`The secret of ${trigger.name}`} open wide onClose={close} actions={<Button primary onClick={close}>I have kept it</Button>}>
      <p>Deliveries are signed with it. It is shown this once; if it is lost, make a new one.</p>
      <Code text={trigger.secret ?? ""} label="Secret" />
      <p>A delivery, ready to be sent:</p>
      <Code text={signedCurl(url, trigger.mapping, trigger.secret)} label="Signed delivery" />
    </Dialog>
  );
}
