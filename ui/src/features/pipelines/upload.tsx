import { useRouter } from "@tanstack/react-router";
import { FileUp } from "lucide-react";
import { useState } from "react";
import { useAddPipelineVersion, useCreatePipeline } from "@/api/pipelines";
import type { Pipeline } from "@/api/schema";
import { Button } from "@/components/button";
import { to } from "@/components/link";
import { Dialog } from "@/components/overlay";
import { Field, Input } from "@/components/field";
import { tell } from "@/components/toasts";
import { bytes as sizeOf } from "@/lib/format";
import { base64, isArchive, nameIn } from "@/lib/pipelines/upload";
import css from "./form.module.css";

type Given = { pipelines?: readonly Pipeline[]; pipeline?: Pipeline; close: () => void };
type Chosen = { name: string; size: number; sent: { document: string } | { archive: string } };

/** A compiled file becomes a pipeline, or the next version of one. */
export function UploadDialog({ pipelines = [], pipeline, close }: Given) {
  const router = useRouter();
  const create = useCreatePipeline();
  const add = useAddPipelineVersion();
  const [file, setFile] = useState<Chosen | null>(null);
  const [name, setName] = useState("");
  const known = pipeline ?? pipelines.find((one) => one.name === name);
  const error = create.error ?? add.error;
  const take = async (chosen: File | undefined) => {
    if (!chosen) return;
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    const packed = isArchive(bytes);
    const text = packed ? "" : new TextDecoder().decode(bytes);
    setFile({ name: chosen.name, size: bytes.length, sent: packed ? { archive: base64(bytes) } : { document: text } });
    if (!pipeline) setName(nameIn(text) || chosen.name.replace(/(\.tar)?\.\w+$/, ""));
  };
  const send = () => {
    if (!file) return;
    if (known) {
      const version = pipeline ? name : "";
      add.mutate(
        { id: known.id, ...file.sent, name: version },
        { onSuccess: (made) => done(`${made.name} is the newest version of ${known.name}`, to.pipeline(known.id)) },
      );
    } else create.mutate({ name, ...file.sent }, { onSuccess: (made) => done(`${made.name} is kept`, to.pipeline(made.id)) });
  };
  const done = (said: string, href: string) => {
    tell(said);
    void router.navigate({ href });
  };
  return (
    <Dialog
      title={pipeline ? `A new version of ${pipeline.display_name || pipeline.name}` : "Upload a pipeline"}
      open
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button primary disabled={!file || (!pipeline && name === "") || create.isPending || add.isPending} onClick={send}>
            {known ? "Add the version" : "Upload"}
          </Button>
        </>
      }
    >
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dropping is a shortcut of the input in it */}
      <label
        className={css.drop}
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          void take(event.dataTransfer.files[0]);
        }}
      >
        <FileUp size={22} aria-hidden />
        {file ? (
          <span>
            <strong>{file.name}</strong> <span className="muted">{sizeOf(file.size)}</span>
          </span>
        ) : (
          <span>
            Choose or drop what <code>kfp dsl compile</code> has written: YAML or JSON, also in a zip or tar.gz
          </span>
        )}
        <input type="file" className="visually-hidden" accept=".yaml,.yml,.json,.zip,.gz,.tgz" aria-label="File of the pipeline" onChange={(event) => void take(event.target.files?.[0])} />
      </label>
      <Field
        label={pipeline ? "Name of the version" : "Name"}
        hint={pipeline ? "Made up if left empty" : known ? `${known.name} is there already: this becomes its next version` : ""}
      >
        <Input value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      {error && (
        <p className={css.refused} role="alert">
          {error.message}
        </p>
      )}
    </Dialog>
  );
}
