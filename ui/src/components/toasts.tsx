import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import css from "./toasts.module.css";
import { remember } from "./undo";

type Toast = { id: number; text: string; bad: boolean; undo?: () => void; forget?: () => void };

let toasts: readonly Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

function put(changed: readonly Toast[]): void {
  toasts = changed;
  for (const watcher of watchers) watcher();
}

function close(id: number): void {
  toasts.find((toast) => toast.id === id)?.forget?.();
  put(toasts.filter((toast) => toast.id !== id));
}

function show(toast: Omit<Toast, "id">, seconds: number): void {
  const id = next;
  next += 1;
  const { undo } = toast;
  const forget = undo && remember(() => {
    close(id);
    undo();
  });
  for (const old of toasts.slice(0, -3)) old.forget?.();
  put([...toasts.slice(-3), { ...toast, id, ...(forget ? { forget } : {}) }]);
  setTimeout(() => close(id), seconds * 1000);
}

/** Says what was done, for ten seconds; with `undo`, it can be taken back as long, also by Ctrl+Z. */
export function tell(text: string, undo?: () => void): void {
  show({ text, bad: false, ...(undo ? { undo } : {}) }, undo ? 10 : 5);
}

export function tellError(error: unknown): void {
  show({ text: error instanceof Error ? error.message : String(error), bad: true }, 12);
}

const subscribe = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

export function Toasts() {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={css.region} role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={`${css.toast} ${toast.bad ? css.bad : ""}`}>
          <span className="grow">{toast.text}</span>
          {toast.undo && (
            <button
              type="button"
              onClick={() => {
                toast.undo?.();
                close(toast.id);
              }}
            >
              Undo
            </button>
          )}
          <button type="button" aria-label="Close" onClick={() => close(toast.id)} style={{ border: 0, padding: "0 6px" }}>
            <X size={14} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
