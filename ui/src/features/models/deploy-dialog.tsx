import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useDeploy } from "@/api/changes";
import { endpointsQuery, modelQuery } from "@/api/queries";
import type { Deploy } from "@/api/schema";
import { Button } from "@/components/button";
import { Code } from "@/components/code";
import { Field, Input } from "@/components/field";
import { to } from "@/components/link";
import { Dialog } from "@/components/overlay";
import { ErrorState } from "@/components/states";
import { Segments } from "@/components/tabs";

type Way = "all" | "canary" | "shadow";
const ways = [
  { value: "all", label: "All requests" },
  { value: "canary", label: "Canary" },
  { value: "shadow", label: "Shadow" },
];
const allowed = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Serves a version on a new endpoint or an existing one, with the same as a command beside it. */
export function DeployDialog({ name, version, close }: { name: string; version: string; close: () => void }) {
  const router = useRouter();
  const model = useQuery(modelQuery(name));
  const endpoints = useQuery(endpointsQuery());
  const usual = name.toLowerCase().replace(/[^a-z0-9-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "model";
  const [endpoint, setEndpoint] = useState(usual);
  const [environment, setEnvironment] = useState<"local" | "uv">("local");
  const [way, setWay] = useState<Way>("all");
  const [share, setShare] = useState(10);
  const [least, setLeast] = useState(1);
  const [follow, setFollow] = useState("");
  const deploy = useDeploy();
  const known = endpoints.data?.items.find((one) => one.name === endpoint);
  const aliases = Object.entries(model.data?.aliases ?? {}).filter(([, number]) => String(number) === version).map(([alias]) => alias);
  const uri = follow ? `models:/${name}@${follow}` : `models:/${name}/${version}`;
  const chosen = known ? way : "all";
  const body: Deploy = {
    model_uri: uri,
    environment,
    options: { scaling: { least, most: Math.max(1, least) } },
    ...(chosen === "canary" ? { canary: share } : {}),
    ...(chosen === "shadow" ? { shadow: share } : {}),
  };
  const go = () =>
    deploy.mutate(
      { name: endpoint, ...body },
      {
        onSuccess: () => {
          close();
          void router.navigate({ href: to.endpoint(endpoint) });
        },
      },
    );
  const command = ["modelyard deploy", uri, `--name ${endpoint}`, environment === "uv" ? "--env uv" : "", least === 1 ? "" : `--min-replicas ${least}`, chosen === "all" ? "" : `--${chosen} ${share}`];
  const valid = allowed.test(endpoint);
  return (
    <Dialog
      title={`Deploy ${name} version ${version}`}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button primary disabled={!valid || deploy.isPending} onClick={go}>
            {known ? (chosen === "all" ? "Replace what it serves" : `Add as ${chosen}`) : "Deploy"}
          </Button>
        </>
      }
    >
      <Field label="Endpoint" hint={valid ? (known ? `It serves ${known.revision.model_uri} now` : "A new endpoint") : "Lower-case letters, digits and hyphens"}>
        <Input value={endpoint} list="endpoints-known" aria-invalid={!valid} onChange={(event) => setEndpoint(event.target.value)} />
        <datalist id="endpoints-known">{endpoints.data?.items.map((one) => <option key={one.name} value={one.name} />)}</datalist>
      </Field>
      {known && (
        <div className="row wrap">
          <Segments label="Which requests" options={ways} chosen={way} choose={(value) => setWay(value as Way)} />
          {way !== "all" && (
            <label className="row">
              <input type="range" min={1} max={way === "canary" ? 99 : 100} value={share} aria-label="Share of requests" onChange={(event) => setShare(Number(event.target.value))} />
              <span className="number" style={{ width: 40 }}>{share}%</span>
            </label>
          )}
        </div>
      )}
      {aliases.length > 0 && (
        <Field label="Follow an alias" hint="When the alias moves, so does the endpoint">
          <select value={follow} onChange={(event) => setFollow(event.target.value)}>
            <option value="">No: stay with version {version}</option>
            {aliases.map((alias) => (
              <option key={alias} value={alias}>@{alias}</option>
            ))}
          </select>
        </Field>
      )}
      <div className="row wrap" style={{ gap: 16, alignItems: "flex-start" }}>
        <Field label="Environment" hint="uv installs what the model asks for">
          <select value={environment} onChange={(event) => setEnvironment(event.target.value === "uv" ? "uv" : "local")}>
            <option value="local">The server's own packages</option>
            <option value="uv">The model's requirements (uv)</option>
          </select>
        </Field>
        <Field label="Replicas" hint="0 sleeps without requests">
          <Input type="number" min={0} max={64} value={least} onChange={(event) => setLeast(Math.max(0, Number(event.target.value)))} style={{ width: 90 }} />
        </Field>
      </div>
      <Code label="The same as a command" text={command.filter(Boolean).join(" ")} />
      {deploy.error && <ErrorState error={deploy.error} what="The deployment" />}
    </Dialog>
  );
}
