import { Bars } from "@/components/chart/bars";
import { Sparkline } from "@/components/chart/sparkline";
import { Delta } from "@/components/delta";
import { Panel } from "@/components/panel";
import { useIsDark } from "@/components/theme";
import { colorOf } from "@/lib/colors";

const steps = Array.from({ length: 40 }, (_, at) => at);
const line = { x: steps, y: steps.map((at) => Math.exp(-at / 12) + Math.sin(at) / 20) };
const values = { forest: 0.8, linear: 0.4, mean: -0.2 };

/** Values, how far they are from a baseline, and what they are drawn as. */
export function Numbers() {
  const dark = useIsDark();
  const bars = Object.entries(values).map(([id, value]) => ({ id, name: id, color: colorOf({ id }, dark), value }));
  return (
    <Panel title="Numbers">
      <div className="stack">
        <div className="row wrap">
          <Delta metric="loss" value={0.2} base={0.3} />
          <Delta metric="loss" value={0.4} base={0.3} />
          <Delta metric="loss" value={0.3} base={0.3} />
          <Delta metric="size" value={2} base={1} />
          <Sparkline line={line} />
        </div>
        <Bars metric="accuracy" bars={bars} height={160} baseline="forest" />
      </div>
    </Panel>
  );
}
