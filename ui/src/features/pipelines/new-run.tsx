import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useStartPipelineRun } from "@/api/pipelines";
import { experimentsQuery } from "@/api/queries";
import { to } from "@/components/link";
import { Field, Input } from "@/components/field";
import { tell } from "@/components/toasts";
import { filled, fieldsOf } from "@/lib/pipelines/parameters";
import css from "./form.module.css";
import { FormDialog } from "./form-dialog";
import { Parameters } from "./parameters";

type Given = {
  title: string;
  document: unknown;
  pipelineId?: string;
  versionId?: string;
  given?: Readonly<Record<string, unknown>>;
  name?: string;
  experiment?: string;
  close: () => void;
};

/** A form made from the parameters of a pipeline; without a pipeline that is kept, the document itself is sent. */
export function NewRun({ title, document, pipelineId, versionId, given, name = "", experiment = "0", close }: Given) {
  const router = useRouter();
  const start = useStartPipelineRun();
  const experiments = useQuery(experimentsQuery());
  const [called, setCalled] = useState(name);
  const [home, setHome] = useState(experiment);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(false);
  const fields = fieldsOf(document, given);
  const { values, errors } = filled(fields, texts);
  const send = () => {
    setTried(true);
    if (Object.keys(errors).length > 0) return;
    const what = pipelineId ? { pipeline_id: pipelineId, ...(versionId ? { version_id: versionId } : {}) } : { document: JSON.stringify(document) };
    start.mutate(
      { name: called, experiment_id: home, parameters: values, ...what },
      {
        onSuccess: (run) => {
          tell(`${run.name} is on its way`);
          void router.navigate({ href: to.pipelineRun(run.id) });
        },
      },
    );
  };
  return (
    <FormDialog title={title} submit="Start the run" pending={start.isPending} error={start.error} send={send} close={close}>
      <div className={css.pair}>
        <Field label="Name">
          <Input value={called} autoFocus placeholder="made up if left empty" onChange={(event) => setCalled(event.target.value)} />
        </Field>
        <Field label="Experiment">
          <select value={home} onChange={(event) => setHome(event.target.value)}>
            {(experiments.data?.items ?? [{ id: home, name: home }]).map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <Parameters fields={fields} texts={texts} setTexts={setTexts} errors={tried ? errors : {}} />
    </FormDialog>
  );
}
