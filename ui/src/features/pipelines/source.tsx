import { Download } from "lucide-react";
import { useMemo } from "react";
import { Button } from "@/components/button";
import { Code } from "@/components/code";
import { download } from "@/lib/csv";
import { yaml } from "@/lib/pipelines/yaml";

const most = 400_000;

/** The document of a version as YAML: the IR, and its platforms as a second document, as the SDK writes them. */
export function Source({ document, name }: { document: unknown; name: string }) {
  const text = useMemo(() => {
    const { platforms, ...spec } = (document ?? {}) as Record<string, unknown>;
    const more = typeof platforms === "object" && platforms !== null && Object.keys(platforms).length > 0;
    return yaml(spec) + (more ? `\n---\n${yaml({ platforms })}` : "") + "\n";
  }, [document]);
  return (
    <div className="stack" style={{ gap: 8 }}>
      <div className="row">
        <span className="muted grow">{text.length > most ? "The beginning; download it for all" : "What runs, as it was compiled"}</span>
        <Button onClick={() => download(`${name}.yaml`, text, "application/yaml")}>
          <Download size={14} aria-hidden /> Download
        </Button>
      </div>
      <Code label={`${name}.yaml`} text={text.slice(0, most)} />
    </div>
  );
}
