import { useRouter } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import { useCreateSchedule } from "@/api/pipelines";
import type { Pipeline, PipelineVersion } from "@/api/schema";
import { Button } from "@/components/button";
import { Field, Input } from "@/components/field";
import { Segments } from "@/components/tabs";
import { tell } from "@/components/toasts";
import { planWords } from "@/lib/pipelines/cron-words";
import { filled, fieldsOf } from "@/lib/pipelines/parameters";
import css from "./form.module.css";
import { FormDialog } from "./form-dialog";
import { NextTimes } from "./next-times";
import { Parameters } from "./parameters";

type Given = { pipeline: Pipeline; versions: readonly PipelineVersion[]; version: string; document: unknown; close: () => void };

const kinds = [
  { value: "cron", label: "At times" },
  { value: "every", label: "Every so often" },
];
const units: Record<string, number> = { minutes: 60, hours: 3600, days: 86_400 };
const common = [
  { cron: "0 0 * * * *", label: "hourly" },
  { cron: "0 0 3 * * *", label: "daily" },
  { cron: "0 30 3 * * MON-FRI", label: "weekdays" },
  { cron: "0 0 3 * * SUN", label: "weekly" },
  { cron: "0 0 3 1 * *", label: "monthly" },
];

export function ScheduleForm({ pipeline, versions, version, document, close }: Given) {
  const router = useRouter();
  const create = useCreateSchedule();
  const [name, setName] = useState(`${pipeline.name} schedule`);
  const [fixed, setFixed] = useState(version);
  const [kind, setKind] = useState("cron");
  const [cron, setCron] = useState(common[1]?.cron ?? "");
  const [count, setCount] = useState("6");
  const [unit, setUnit] = useState("hours");
  const [catchUp, setCatchUp] = useState(true);
  const [atOnce, setAtOnce] = useState("1");
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [tried, setTried] = useState(false);
  const fields = fieldsOf(document);
  const { values, errors } = filled(fields, texts);
  const plan = useDeferredValue(kind === "cron" ? { cron: withSeconds(cron), every: 0 } : { cron: "", every: Math.round(Number(count) * (units[unit] ?? 1)) || 0 });
  const send = () => {
    setTried(true);
    if (Object.keys(errors).length > 0) return;
    create.mutate(
      { name, pipeline_id: pipeline.id, ...(fixed ? { version_id: fixed } : {}), ...plan, catch_up: catchUp, max_concurrency: Number(atOnce), parameters: values },
      {
        onSuccess: (made) => {
          tell(`${made.name} is on`);
          void router.navigate({ href: `/schedules?id=${made.id}` });
        },
      },
    );
  };
  return (
    <FormDialog title={`Run ${pipeline.display_name || pipeline.name} by itself`} submit="Create the schedule" pending={create.isPending} error={create.error} send={send} close={close}>
      <div className={css.pair}>
        <Field label="Name">
          <Input value={name} autoFocus onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Version">
          <select value={fixed} onChange={(event) => setFixed(event.target.value)}>
            <option value="">the newest each time</option>
            {versions.map((one) => (
              <option key={one.id} value={one.id}>
                always {one.display_name || one.name}
              </option>
            ))}
          </select>
        </Field>
      </div>
      <div className="row wrap">
        <Segments label="Kind" options={kinds} chosen={kind} choose={setKind} />
        {kind === "cron" && common.map((one) => (
          <Button key={one.label} small quiet aria-pressed={cron === one.cron} onClick={() => setCron(one.cron)}>
            {one.label}
          </Button>
        ))}
      </div>
      {kind === "cron" ? (
        <Field label="Cron, in UTC" hint="Minute, hour, day, month, day of the week; with six fields the second comes first">
          <Input value={cron} className="mono" spellCheck={false} onChange={(event) => setCron(event.target.value)} />
        </Field>
      ) : (
        <div className="row">
          <Input type="number" min={1} value={count} aria-label="How many" style={{ width: 90 }} onChange={(event) => setCount(event.target.value)} />
          <select value={unit} aria-label="Unit" onChange={(event) => setUnit(event.target.value)}>
            {Object.keys(units).map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
      )}
      <div>
        <strong>{planWords(plan)}</strong>
        <NextTimes plan={plan} />
      </div>
      <div className={css.pair}>
        <label className="row">
          <input type="checkbox" checked={catchUp} onChange={(event) => setCatchUp(event.target.checked)} /> Make up for what was missed
        </label>
        <label className="row">
          At most
          <select value={atOnce} onChange={(event) => setAtOnce(event.target.value)}>
            {Array.from({ length: 10 }, (_, at) => (
              <option key={at}>{at + 1}</option>
            ))}
          </select>
          at once
        </label>
      </div>
      <Parameters fields={fields} texts={texts} setTexts={setTexts} errors={tried ? errors : {}} />
    </FormDialog>
  );
}

/** Five fields are those of cron; kfp has the second first. */
function withSeconds(cron: string): string {
  const fields = cron.trim().split(/\s+/);
  return fields.length === 5 ? `0 ${cron.trim()}` : cron.trim();
}
