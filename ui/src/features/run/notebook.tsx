import { useMemo } from "react";
import code from "@/components/code.module.css";
import { Markdown } from "@/components/markdown";
import { EmptyState } from "@/components/states";
import { cellsOf, shutOff } from "@/lib/notebook";
import type { Cell, Output } from "@/lib/notebook";
import css from "./notebook.module.css";

/** Cells with what came of them. HTML among it is shown in frames that run nothing and reach nothing. */
export default function Notebook({ text }: { text: string }) {
  const cells = useMemo(() => read(text), [text]);
  if (!cells || cells.length === 0) return <EmptyState title={cells ? "This notebook has no cells" : "This is not a notebook: it cannot be read"} />;
  return (
    <div className={css.notebook}>
      {cells.map((cell, at) => (
        <One key={at} cell={cell} at={at} />
      ))}
    </div>
  );
}

function read(text: string): Cell[] | null {
  try {
    return cellsOf(text);
  } catch {
    return null;
  }
}

function One({ cell, at }: { cell: Cell; at: number }) {
  if (cell.kind === "markdown") {
    return (
      <>
        <span />
        <Markdown text={cell.source} />
      </>
    );
  }
  return (
    <>
      <span className={`mono muted ${css.count}`}>{cell.kind === "code" && `[${cell.count ?? " "}]`}</span>
      <div className={css.cell}>
        {cell.source && <pre className={`${code.code} ${css.source}`}>{cell.source}</pre>}
        {cell.outputs.map((output, place) => (
          <Shown key={place} output={output} name={`Output ${place + 1} of cell ${at + 1}`} />
        ))}
      </div>
    </>
  );
}

function Shown({ output, name }: { output: Output; name: string }) {
  switch (output.kind) {
    case "text":
      return <pre className={`${css.output} ${output.error ? css.error : ""}`}>{output.text}</pre>;
    case "markdown":
      return <Markdown text={output.text} />;
    case "image":
      return <img src={output.url} alt={name} />;
    case "html": {
      const rows = output.html.split("<tr").length;
      return <iframe className={css.frame} title={name} sandbox="" referrerPolicy="no-referrer" srcDoc={shutOff(output.html)} style={{ height: Math.min(460, 64 + rows * 28) }} />;
    }
  }
}
