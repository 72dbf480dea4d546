import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { pipelineVersionQuery, pipelineVersionsQuery } from "@/api/pipelines";
import { modelsQuery } from "@/api/queries";
import type { Pipeline, Trigger } from "@/api/schema";
import { useCreateTrigger } from "@/api/triggers";
import { Field, Input } from "@/components/field";
import { Segments } from "@/components/tabs";
import { tell } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { filled, fieldsOf } from "@/lib/pipelines/parameters";
import { fieldsOfKind, triggerWords } from "@/lib/pipelines/triggers";
import type { Kind } from "@/lib/pipelines/triggers";
import css from "./form.module.css";
import { FormDialog } from "./form-dialog";
import { Parameters } from "./parameters";

type Given = { pipelines: readonly Pipeline[]; pipeline: string; made: (trigger: Trigger) => void; close: () => void };
type Texts = Record<string, string>;

const kinds = [
  { value: "model_version", label: "A new version" },
  { value: "alias", label: "An alias moves" },
  { value: "webhook", label: "A webhook" },
];

export function TriggerForm({ pipelines, pipeline, made, close }: Given) {
  const [, change] = useAddress();
  const create = useCreateTrigger();
  const models = useQuery(modelsQuery());
  const versions = useQuery(pipelineVersionsQuery(pipeline));
  const newest = versions.data?.items[0]?.id ?? "";
  const version = useQuery({ ...pipelineVersionQuery(pipeline, newest), enabled: newest !== "" });
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("model_version");
  const [model, setModel] = useState("");
  const [alias, setAlias] = useState("");
  const [perHour, setPerHour] = useState("10");
  const [texts, setTexts] = useState<Texts>({});
  const [paths, setPaths] = useState<Texts>({});
  const [tried, setTried] = useState(false);
  const list = useId();
  const fields = fieldsOf(version.data?.document);
  const mapping = Object.fromEntries(Object.entries(paths).map(([key, path]) => [key, path.trim()]).filter(([, path]) => path));
  const { values, errors } = filled(fields.filter((one) => !(one.name in mapping)), texts);
  const about = kind === "webhook" ? { model: "", alias: "" } : { model, alias: kind === "alias" ? alias.replace(/^@/, "") : "" };
  const send = () => {
    setTried(true);
    if (Object.keys(errors).length > 0) return;
    create.mutate(
      { name, kind, pipeline_id: pipeline, ...about, parameters: values, mapping, max_per_hour: Number(perHour) },
      {
        onSuccess: (trigger) => {
          tell(`${trigger.name} is on`);
          made(trigger);
        },
      },
    );
  };
  return (
    <FormDialog title="Start runs when something happens" submit="Create the trigger" pending={create.isPending || versions.isPending || version.isLoading} error={create.error} send={send} close={close}>
      <div className={css.pair}>
        <Field label="Name">
          <Input value={name} autoFocus onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Pipeline">
          <select value={pipeline} onChange={(event) => change({ new: event.target.value })}>
            {pipelines.map((one) => (
              <option key={one.id} value={one.id}>
                {one.display_name || one.name}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <Segments label="Kind" options={kinds} chosen={kind} choose={(value) => setKind(value as Kind)} />
      {kind !== "webhook" && (
        <div className={css.pair}>
          <Field label="Model">
            <select value={model} onChange={(event) => setModel(event.target.value)}>
              <option value="">any</option>
              {models.data?.items.map((one) => <option key={one.name}>{one.name}</option>)}
            </select>
          </Field>
          {kind === "alias" && (
            <Field label="Alias">
              <Input value={alias} placeholder="any" onChange={(event) => setAlias(event.target.value)} />
            </Field>
          )}
        </div>
      )}
      <strong>{triggerWords({ kind, ...about })}</strong>
      <Parameters fields={fields.filter((one) => !(one.name in mapping))} texts={texts} setTexts={setTexts} errors={tried ? errors : {}} />
      {fields.length > 0 && (
        <fieldset className={css.parameters}>
          <legend>Taken from what happened</legend>
          <datalist id={list}>
            {fieldsOfKind[kind].map((one) => <option key={one} value={one} />)}
          </datalist>
          {fields.map((one) => (
            <Field key={one.name} label={`${one.name} from`}>
              <Input value={paths[one.name] ?? ""} list={list} spellCheck={false} placeholder={kind === "webhook" ? "a field of the body, such as data.day" : "nothing"} onChange={(event) => setPaths({ ...paths, [one.name]: event.target.value })} />
            </Field>
          ))}
        </fieldset>
      )}
      <Field label="Runs within an hour, at most" hint="A pipeline that brings about what starts it stops here">
        <Input type="number" min={1} max={1000} value={perHour} onChange={(event) => setPerHour(event.target.value)} />
      </Field>
    </FormDialog>
  );
}
