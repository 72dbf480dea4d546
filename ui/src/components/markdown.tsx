import { blocks } from "@/lib/markdown";
import type { Block, Inline } from "@/lib/markdown";
import code from "./code.module.css";
import layout from "./layout.module.css";
import css from "./markdown.module.css";

export function Markdown({ text }: { text: string }) {
  return (
    <div className={css.text}>
      {blocks(text).map((block, at) => (
        <One key={at} block={block} />
      ))}
    </div>
  );
}

function One({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      // The page has its own headings above these.
      return block.level <= 2 ? <h3 className={css.large}><Inlines of={block.inlines} /></h3> : <h4><Inlines of={block.inlines} /></h4>;
    case "paragraph":
      return <p><Inlines of={block.inlines} /></p>;
    case "quote":
      return <blockquote><Inlines of={block.inlines} /></blockquote>;
    case "code":
      return <pre className={code.code}>{block.text}</pre>;
    case "rule":
      return <hr />;
    case "list": {
      const items = block.items.map((item, at) => <li key={at}><Inlines of={item} /></li>);
      return block.ordered ? <ol>{items}</ol> : <ul>{items}</ul>;
    }
    case "table":
      return (
        <table className={layout.table}>
          <thead>
            <tr>{block.head.map((cell, at) => <th key={at} scope="col"><Inlines of={cell} /></th>)}</tr>
          </thead>
          <tbody>
            {block.rows.map((row, at) => (
              <tr key={at}>{row.map((cell, place) => <td key={place}><Inlines of={cell} /></td>)}</tr>
            ))}
          </tbody>
        </table>
      );
  }
}

function Inlines({ of }: { of: readonly Inline[] }) {
  return of.map((one, at) => {
    switch (one.kind) {
      case "code":
        return <code key={at}>{one.text}</code>;
      case "bold":
        return <strong key={at}>{one.text}</strong>;
      case "italic":
        return <em key={at}>{one.text}</em>;
      case "link":
        return <a key={at} href={one.href} rel="noreferrer" target={one.href.startsWith("http") ? "_blank" : undefined}>{one.text}</a>;
      default:
        return one.text;
    }
  });
}
