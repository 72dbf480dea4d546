import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { View } from "./use-view";

/** So many runs have room in an address; more are remembered by this page only. */
const most = 100;

export type Selection = {
  ids: ReadonlySet<string>;
  select: (ids: readonly string[], on: boolean) => void;
  choose: (ids: readonly string[], add: boolean) => void;
  toggle: (id: string) => void;
  clear: () => void;
};

export function named(text: string | undefined): string[] {
  return (text ?? "").split(",").filter((one) => /^[0-9a-f]{32}$/.test(one));
}

/** The runs that are selected, the same in every view, and in the address. */
export function useSelection(view: View): Selection {
  const { change } = view;
  const spelled = view.search.sel;
  const [ids, setIds] = useState<ReadonlySet<string>>(() => new Set(named(spelled)));
  const now = useRef(ids);
  /** What was written last and is not in the address yet. */
  const onItsWay = useRef<{ text: string | undefined } | null>(null);
  useEffect(() => {
    if (onItsWay.current) {
      if (onItsWay.current.text === spelled) onItsWay.current = null;
      return;
    }
    if (spelled === undefined && now.current.size > most) return;
    now.current = new Set(named(spelled));
    setIds(now.current);
  }, [spelled]);
  const put = useCallback(
    (next: ReadonlySet<string>) => {
      now.current = next;
      setIds(next);
      const text = next.size > most ? undefined : [...next].join(",") || undefined;
      onItsWay.current = { text };
      change({ sel: text });
    },
    [change],
  );
  // The same functions for good: rows that are not selected are not drawn anew for one that is.
  const verbs = useMemo(
    (): Omit<Selection, "ids"> => ({
      select: (some, on) => put(on ? new Set([...now.current, ...some]) : new Set([...now.current].filter((one) => !some.includes(one)))),
      choose: (some, add) => put(new Set(add ? [...now.current, ...some] : some)),
      toggle: (id) => put(now.current.has(id) ? new Set([...now.current].filter((one) => one !== id)) : new Set([...now.current, id])),
      clear: () => put(new Set()),
    }),
    [put],
  );
  return useMemo(() => ({ ids, ...verbs }), [ids, verbs]);
}
