import { useState } from "react";
import { Segments } from "@/components/tabs";
import { grouped, number } from "@/lib/format";
import { accuracyOf, areaOf, confusionOf, plainOf, rocOf, slicesOf } from "@/lib/pipelines/metrics";
import type { Confusion, RocPoint } from "@/lib/pipelines/metrics";
import css from "./metrics-view.module.css";
import { Values } from "./values";

type Json = Record<string, unknown>;

/** Metrics that a step has logged: what can be drawn is drawn, the rest is a table. */
export function Metrics({ metadata }: { metadata: Json }) {
  const slices = slicesOf(metadata);
  const [chosen, choose] = useState("");
  const slice = slices.find((one) => one.name === chosen) ?? slices[0];
  const shown = slice ? slice.metadata : metadata;
  const confusion = confusionOf(shown);
  const roc = rocOf(shown);
  return (
    <div className="stack" style={{ gap: 12 }}>
      {slices.length > 0 && (
        <Segments label="Slice" options={slices.map((one) => ({ value: one.name, label: one.name }))} chosen={slice?.name ?? ""} choose={choose} />
      )}
      {confusion && <ConfusionMatrix of={confusion} />}
      {roc.length > 1 && <Roc points={roc} />}
      <Values of={Object.fromEntries(plainOf(shown))} />
    </div>
  );
}

function ConfusionMatrix({ of }: { of: Confusion }) {
  const most = Math.max(1, ...of.rows.flat());
  return (
    <figure className={css.figure}>
      <figcaption>
        <strong>Confusion matrix</strong> <span className="muted">accuracy {number(accuracyOf(of))}</span>
      </figcaption>
      <div className={css.scroll}>
        <table className={css.matrix}>
          <thead>
            <tr>
              <th scope="col">
                <span className="muted">true ↓ predicted →</span>
              </th>
              {of.categories.map((name) => (
                <th key={name} scope="col" title={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {of.rows.map((row, at) => {
              const sum = row.reduce((all, one) => all + one, 0);
              return (
                <tr key={of.categories[at]}>
                  <th scope="row" title={of.categories[at]}>
                    {of.categories[at]}
                  </th>
                  {row.map((count, place) => (
                    <td
                      key={of.categories[place]}
                      title={sum > 0 ? `${number((100 * count) / sum)}% of ${of.categories[at]}` : ""}
                      data-right={at === place}
                      style={{ "--share": `${Math.round((36 * count) / most)}%` } as React.CSSProperties}
                    >
                      {grouped(count)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

const side = 220;
const edge = 34;
const viewBox = `0 0 ${edge + side + 8} ${side + 44}`;

const placeX = (fpr: number) => edge + fpr * side;
const placeY = (tpr: number) => 8 + (1 - tpr) * side;
const lineThrough = (points: readonly RocPoint[]) =>
  points.map((one, place) => `${place === 0 ? "M" : "L"}${placeX(one.fpr).toFixed(1)} ${placeY(one.tpr).toFixed(1)}`).join("");

/** The axes of a ROC curve, and the line of chance. */
function RocAxes() {
  return (
    <>
      {[0, 0.25, 0.5, 0.75, 1].map((tick) => (
        <g key={tick} className={css.grid}>
          <path d={`M${placeX(tick)} ${placeY(0)}V${placeY(1)}M${placeX(0)} ${placeY(tick)}H${placeX(1)}`} />
          <text x={placeX(tick)} y={placeY(0) + 14} textAnchor="middle">{tick}</text>
          <text x={edge - 6} y={placeY(tick) + 4} textAnchor="end">{tick}</text>
        </g>
      ))}
      <path d={`M${placeX(0)} ${placeY(0)}L${placeX(1)} ${placeY(1)}`} className={css.chance} />
      <text x={placeX(0.5)} y={side + 40} textAnchor="middle">false positive rate</text>
    </>
  );
}

type Named = { name: string; color: string; points: readonly RocPoint[] };

/** Curves of several runs over one another, with the area below each. */
export function RocCurves({ curves }: { curves: readonly Named[] }) {
  const said = curves.map((one) => `${one.name} ${number(areaOf(one.points))}`).join(", ");
  return (
    <figure className={css.figure}>
      <figcaption>
        <strong>ROC curves</strong> <span className="muted">and the area below each</span>
      </figcaption>
      <div className="row wrap" style={{ alignItems: "flex-start" }}>
        <svg className={css.roc} viewBox={viewBox} role="img" aria-label={`ROC curves; the areas below them: ${said}`}>
          <RocAxes />
          {curves.map((one, at) => (
            <path key={at} d={lineThrough(one.points)} className={css.curve} style={{ stroke: one.color }} strokeDasharray={at > 0 ? `${4 + 3 * at} 3` : undefined} />
          ))}
        </svg>
        <ul className={css.legend}>
          {curves.map((one, at) => (
            <li key={at} className="row tight">
              <svg width={28} height={8} aria-hidden>
                <path d="M0 4H28" stroke={one.color} strokeWidth={2} strokeDasharray={at > 0 ? `${4 + 3 * at} 3` : undefined} />
              </svg>
              <span className="ellipsis grow">{one.name}</span>
              <span className="number">{number(areaOf(one.points))}</span>
            </li>
          ))}
        </ul>
      </div>
    </figure>
  );
}

function Roc({ points }: { points: readonly RocPoint[] }) {
  const [at, setAt] = useState<number | null>(null);
  const line = lineThrough(points);
  const area = areaOf(points);
  const shown = at === null ? null : points[at];
  const nearest = (left: number) => points.reduce((best, one, place) => (Math.abs(placeX(one.fpr) - left) < Math.abs(placeX(points[best]?.fpr ?? 0) - left) ? place : best), 0);
  return (
    <figure className={css.figure}>
      <figcaption>
        <strong>ROC curve</strong> <span className="muted">area {number(area)}, {grouped(points.length)} thresholds</span>
      </figcaption>
      <svg
        className={css.roc}
        viewBox={viewBox}
        role="img"
        aria-label={`ROC curve of ${points.length} thresholds; the area below it is ${number(area)}`}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          setAt(nearest(((event.clientX - box.left) / box.width) * (edge + side + 8)));
        }}
        onPointerLeave={() => setAt(null)}
      >
        <RocAxes />
        <path d={`${line}L${placeX(1)} ${placeY(0)}L${placeX(0)} ${placeY(0)}Z`} className={css.below} />
        <path d={line} className={css.curve} />
        {shown && <circle cx={placeX(shown.fpr)} cy={placeY(shown.tpr)} r={4} className={css.point} />}
      </svg>
      <div className="small muted" style={{ minHeight: 16 }}>
        {shown ? `threshold ${number(shown.threshold)}: true positives ${number(shown.tpr)}, false ${number(shown.fpr)}` : "true positive rate by false positive rate"}
      </div>
    </figure>
  );
}
