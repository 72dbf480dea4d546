import { useSyncExternalStore } from "react";
import { absolute, ago } from "@/lib/format";

let clock = Date.now();
const tickers = new Set<() => void>();
setInterval(() => {
  clock = Date.now();
  for (const ticker of tickers) ticker();
}, 10_000);
const everyTick = (ticker: () => void) => {
  tickers.add(ticker);
  return () => tickers.delete(ticker);
};
export const useNow = () => useSyncExternalStore(everyTick, () => clock);

export function Ago({ at }: { at: number }) {
  const now = useNow();
  return (
    <time dateTime={new Date(at).toISOString()} title={absolute(at)}>
      {ago(at, Math.max(now, Date.now() - 10_000))}
    </time>
  );
}
