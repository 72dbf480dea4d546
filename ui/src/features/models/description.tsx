import { Pencil } from "lucide-react";
import { useState } from "react";
import { useChangeModel } from "@/api/changes";
import type { Model } from "@/api/schema";
import { Button } from "@/components/button";
import { TextArea } from "@/components/field";
import { Markdown } from "@/components/markdown";
import { tellError } from "@/components/toasts";

export function Description({ model }: { model: Model }) {
  const [draft, setDraft] = useState<string | null>(null);
  const change = useChangeModel();
  const save = () => change.mutate({ name: model.name, description: draft ?? "" }, { onSuccess: () => setDraft(null), onError: tellError });
  if (draft === null) {
    return (
      <div className="row" style={{ alignItems: "flex-start" }}>
        {model.description ? <Markdown text={model.description} /> : <span className="muted">No description yet.</span>}
        <Button quiet small onClick={() => setDraft(model.description)}>
          <Pencil size={12} aria-hidden /> {model.description ? "Edit" : "Describe it"}
        </Button>
      </div>
    );
  }
  return (
    <div className="stack" style={{ gap: 8, maxWidth: 760 }}>
      <TextArea rows={5} aria-label="Description in Markdown" autoFocus value={draft} onChange={(event) => setDraft(event.target.value)} />
      <div className="row">
        <Button primary disabled={change.isPending} onClick={save}>Save</Button>
        <Button onClick={() => setDraft(null)}>Cancel</Button>
      </div>
    </div>
  );
}
