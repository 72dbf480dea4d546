import { wordColor } from "@/lib/colors";
import { title } from "@/lib/columns";
import type { Column } from "@/lib/columns";
import type { Scale } from "@/lib/scale";
import css from "./charts.module.css";

const most = 10;

/** What the colours mean. */
export function Legend({ column, scale, dark }: { column: Column; scale: Scale; dark: boolean }) {
  const [first, last] = [scale.ticks[0], scale.ticks.at(-1)];
  if (!first || !last) return null;
  if (!scale.words) {
    return (
      <span className={css.legend}>
        {title(column)} {first.label} <i className={css.ramp} aria-hidden /> {last.label}
      </span>
    );
  }
  return (
    <span className={css.legend}>
      {title(column)}
      {scale.words.slice(0, most).map((word, at) => (
        <span key={word} className={css.word}>
          <i style={{ background: wordColor(at, dark) }} aria-hidden /> <span className="ellipsis">{word}</span>
        </span>
      ))}
      {scale.words.length > most && <span>and {scale.words.length - most} others</span>}
    </span>
  );
}
