import type { ReactNode } from "react";
import type { Snippet } from "@/components/code";
import { Link } from "@/components/link";
import { Page } from "@/components/page";
import css from "./pipelines.module.css";

const places = [
  { label: "Pipelines", to: "/pipelines" },
  { label: "Runs", to: "/pipelines/runs" },
  { label: "Schedules", to: "/schedules" },
  { label: "Triggers", to: "/triggers" },
];

type Given = { at: string; name: string; facts?: ReactNode; actions?: ReactNode; code: readonly Snippet[]; children: ReactNode };

/** The lists that belong together. */
export function Section({ at, name, facts, actions, code, children }: Given) {
  return (
    <Page title="Pipelines" name={name} facts={facts} actions={actions} code={code}>
      <nav className={css.section} aria-label="Pipelines">
        {places.map((one) => (
          <Link key={one.to} to={one.to} aria-current={one.to === at ? "page" : undefined}>
            {one.label}
          </Link>
        ))}
      </nav>
      {children}
    </Page>
  );
}
