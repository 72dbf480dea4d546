import { Dialog as Base, DropdownMenu, Popover as Floating } from "radix-ui";
import { X } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { Button } from "./button";
import css from "./overlay.module.css";

type DialogProps = {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  actions?: ReactNode;
  wide?: boolean;
};

export function Dialog({ title, open, onClose, children, actions, wide = false }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Base.Portal>
        <Base.Overlay className={css.scrim} />
        <Base.Content className={`${css.dialog} ${wide ? css.wide : ""}`} aria-describedby={undefined}>
          <div className="row">
            <Base.Title asChild>
              <h2 className="grow">{title}</h2>
            </Base.Title>
            <Base.Close asChild>
              <Button quiet small label="Close">
                <X size={16} aria-hidden />
              </Button>
            </Base.Close>
          </div>
          {children}
          {actions && <div className={css.actions}>{actions}</div>}
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}

type PopoverProps = { trigger: ReactElement; children: ReactNode; width?: number; label: string; align?: "start" | "end" };

export function Popover({ trigger, children, width, label, align = "start" }: PopoverProps) {
  return (
    <Floating.Root>
      <Floating.Trigger asChild>{trigger}</Floating.Trigger>
      <Floating.Portal>
        <Floating.Content
          className={css.popover}
          sideOffset={4}
          collisionPadding={8}
          align={align}
          aria-label={label}
          style={width ? { width } : undefined}
        >
          {children}
        </Floating.Content>
      </Floating.Portal>
    </Floating.Root>
  );
}

export const PopoverClose = Floating.Close;

export type Action = { label: string; icon?: ReactNode; act: () => void; danger?: boolean; disabled?: boolean } | "rule";

export function Menu({ trigger, actions, align = "end" }: { trigger: ReactElement; actions: readonly Action[]; align?: "start" | "end" }) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className={css.menu} sideOffset={4} collisionPadding={8} align={align}>
          {actions.map((action, at) =>
            action === "rule" ? (
              <DropdownMenu.Separator key={at} className={css.rule} />
            ) : (
              <DropdownMenu.Item
                key={action.label}
                className={`${css.item} ${action.danger ? css.bad : ""}`}
                disabled={action.disabled ?? false}
                onSelect={action.act}
              >
                {action.icon}
                {action.label}
              </DropdownMenu.Item>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
