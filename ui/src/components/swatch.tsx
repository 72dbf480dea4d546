import { Check } from "lucide-react";
import { Popover } from "radix-ui";
import { useRef, useState } from "react";
import type { KeyboardEvent, RefObject } from "react";
import { useTagRuns } from "@/api/changes";
import { chosenColor, colorOf, colorTag, palette } from "@/lib/colors";
import type { Colored } from "@/lib/colors";
import { Button } from "./button";
import overlay from "./overlay.module.css";
import css from "./swatch.module.css";
import { useIsDark } from "./theme";
import { tell, tellError } from "./toasts";

type Named = Colored & { name: string };
const aside: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The colour of a run, and the button to choose another. */
export function Swatch({ run, dash, tabIndex }: { run: Named; dash?: readonly number[] | undefined; tabIndex?: number }) {
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const label = `Colour of ${run.name}`;
  return (
    <>
      <button ref={button} type="button" className={css.swatch} data-swatch aria-haspopup="dialog" aria-expanded={open} aria-label={label} title={label} tabIndex={tabIndex} onClick={() => setOpen(!open)}>
        <ColorMark run={run} dash={dash} />
      </button>
      {open && <Choice run={run} label={label} button={button} close={() => setOpen(false)} />}
    </>
  );
}

/** As the run is drawn: a dot, or strokes where another line has its colour. */
export function ColorMark({ run, dash = [] }: { run: Colored; dash?: readonly number[] | undefined }) {
  const color = colorOf(run, useIsDark());
  if (dash.length === 0) return <i className={css.dot} style={{ background: color }} aria-hidden />;
  return (
    <svg width={18} height={9} aria-hidden>
      <line x1={0} y1={4.5} x2={18} y2={4.5} stroke={color} strokeWidth={3} strokeDasharray={dash.join(" ")} />
    </svg>
  );
}

/** What a key does in tables, where swatches are no stops of Tab. */
export function askColor(row: HTMLElement | null): void {
  row?.querySelector<HTMLElement>("[data-swatch]")?.click();
}

type ChoiceProps = { run: Named; label: string; button: RefObject<HTMLButtonElement | null>; close: () => void };

function Choice({ run, label, button, close }: ChoiceProps) {
  const dark = useIsDark();
  const tag = useTagRuns();
  const before = run.tags?.find((one) => one.key === colorTag)?.value;
  const chosen = chosenColor(run, dark);
  // A promise, since this is gone before it is answered.
  const put = (value: string | undefined) => tag.mutateAsync({ run_ids: [run.id], ...(value ? { tags: { [colorTag]: value } } : { removed: [colorTag] }) });
  const choose = (value: string | undefined, name: string) => {
    close();
    if (value !== before) put(value).then(() => tell(`${run.name} is ${name}`, () => void put(before).catch(tellError)), tellError);
  };
  const press = (event: KeyboardEvent<HTMLElement>) => {
    event.stopPropagation(); // the table has keys of its own
    const step = aside[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = [...event.currentTarget.querySelectorAll("button")];
    all[(all.indexOf(event.target as HTMLButtonElement) + step + all.length) % all.length]?.focus();
  };
  return (
    <Popover.Root open onOpenChange={close}>
      <Popover.Anchor virtualRef={button as RefObject<HTMLButtonElement>} />
      <Popover.Portal>
        <Popover.Content
          className={overlay.popover}
          sideOffset={4}
          collisionPadding={8}
          align="start"
          aria-label={label}
          onKeyDown={press}
          onInteractOutside={(event) => button.current?.contains(event.target as Node) && event.preventDefault()}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            (button.current?.closest<HTMLElement>("[data-grid]") ?? button.current)?.focus();
          }}
        >
          <div className={css.choice}>
            {palette(dark).map(({ name, value, color }) => (
              <button key={value} type="button" className={css.color} style={{ background: color }} aria-label={name} title={name} aria-pressed={color === chosen} onClick={() => choose(value, name.toLowerCase())}>
                {color === chosen && <Check size={16} aria-hidden />}
              </button>
            ))}
          </div>
          <Button quiet small aria-pressed={chosen === null} onClick={() => choose(undefined, "coloured by its id")}>
            By its id
          </Button>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
