import { ChevronDown, ChevronRight } from "lucide-react";
import { Fragment } from "react";
import type { Trigger } from "@/api/schema";
import { useSwitchTrigger } from "@/api/triggers";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Ago } from "@/components/time";
import { tell, tellError } from "@/components/toasts";
import { useAddress } from "@/components/use-address";
import { grouped } from "@/lib/format";
import { triggerWords } from "@/lib/pipelines/triggers";
import css from "./pipelines.module.css";
import { TriggerDetail } from "./trigger-detail";

type Given = { items: readonly Trigger[]; names: ReadonlyMap<string, string>; tellSecret: (trigger: Trigger) => void };

/** One of them is open, as the address says. */
export function TriggerTable({ items, names, tellSecret }: Given) {
  const [search, change] = useAddress();
  return (
    <>
      {search.id && !items.some((one) => one.id === search.id) && <p className="muted">There is no trigger {search.id} any more.</p>}
      <div className={css.scroll}>
        <table className={layout.table}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Starts</th>
              <th scope="col">Pipeline</th>
              <th scope="col" className="number">Runs</th>
              <th scope="col">Made</th>
              <th scope="col">On</th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => {
              const open = search.id === one.id;
              return (
                <Fragment key={one.id}>
                  <Row one={one} open={open} toggle={() => change({ id: open ? undefined : one.id })} of={names.get(one.pipeline_id) ?? one.pipeline_id.slice(0, 8)} />
                  {open && (
                    <tr className={css.detail}>
                      <td colSpan={6}>
                        <TriggerDetail trigger={one} tellSecret={tellSecret} gone={() => change({ id: undefined })} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({ one, open, toggle, of }: { one: Trigger; open: boolean; toggle: () => void; of: string }) {
  const change = useSwitchTrigger();
  const Arrow = open ? ChevronDown : ChevronRight;
  const flip = () => change.mutate({ id: one.id, on: !one.enabled }, { onSuccess: () => tell(`${one.name} is ${one.enabled ? "off" : "on"}`), onError: tellError });
  return (
    <tr>
      <td>
        <button type="button" className={css.unfold} aria-expanded={open} onClick={toggle}>
          <Arrow size={14} aria-hidden />
          <span className={`${css.wide} ellipsis`}>{one.name}</span>
        </button>
        {one.error && <div className={`${css.trouble} small`}>{one.error}</div>}
      </td>
      <td>{triggerWords(one)}</td>
      <td>
        <Link to={to.pipeline(one.pipeline_id)}>{of}</Link>
      </td>
      <td className="number">{grouped(one.runs)}</td>
      <td className="muted">
        <Ago at={one.created_at} />
      </td>
      <td>
        <button type="button" role="switch" aria-checked={one.enabled} aria-label={`${one.name} is on`} className={css.switch} disabled={change.isPending} onClick={flip}>
          <span />
        </button>
      </td>
    </tr>
  );
}
