import type { ButtonHTMLAttributes, Ref } from "react";
import css from "./button.module.css";
import { Link } from "./link";

type Look = { primary?: boolean; danger?: boolean; quiet?: boolean; icon?: boolean; small?: boolean };

export function look({ primary, danger, quiet, icon, small }: Look, extra = ""): string {
  const classes = [css.button, primary && css.primary, danger && css.danger, quiet && css.quiet, icon && css.icon];
  return [...classes, small && css.small, extra].filter(Boolean).join(" ");
}

type Given = ButtonHTMLAttributes<HTMLButtonElement> & Look & { label?: string; ref?: Ref<HTMLButtonElement> };

/** With `label`, the button shows only an icon and the label is what it is called. */
export function Button({ primary, danger, quiet, icon, small, label, className, ...rest }: Given) {
  const looks = { ...(primary && { primary }), ...(danger && { danger }), ...(quiet && { quiet }), ...(small && { small }) };
  return (
    <button
      type="button"
      {...(label ? { "aria-label": label, title: label } : {})}
      className={look({ ...looks, icon: icon ?? label !== undefined }, className)}
      {...rest}
    />
  );
}

export function ButtonLink({ to, children, ...looks }: Look & { to: string; children: React.ReactNode }) {
  return (
    <Link to={to} className={look(looks)}>
      {children}
    </Link>
  );
}
