import { useRouter } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, MouseEvent } from "react";

type Given = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string };

/** A real link, so that it can be opened in a new tab and copied; a plain click stays in the page. */
export function Link({ to, onClick, children, ...rest }: Given) {
  const router = useRouter();
  const go = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void router.navigate({ href: to });
  };
  return (
    <a href={to} onClick={go} {...rest}>
      {children}
    </a>
  );
}

const part = encodeURIComponent;

/** Where things are, in one place. */
export const to = {
  experiment: (id: string, query = "") => `/experiments/${part(id)}${query}`,
  run: (experiment: string, id: string, query = "") => `/experiments/${part(experiment)}/runs/${part(id)}${query}`,
  compare: (runs: readonly string[], base?: string) => `/compare?runs=${runs.join(",")}${base && runs.includes(base) ? `&base=${base}` : ""}`,
  model: (name: string, query = "") => `/models/${part(name)}${query}`,
  version: (name: string, version: number | string, query = "") => `/models/${part(name)}/versions/${version}${query}`,
  pipeline: (id: string, query = "") => `/pipelines/${part(id)}${query}`,
  pipelineRun: (id: string, query = "") => `/pipelines/runs/${part(id)}${query}`,
  pipelineComparison: (runs: readonly string[]) => `/pipelines/compare?runs=${runs.map(part).join(",")}`,
  endpoint: (name: string, query = "") => `/endpoints/${part(name)}${query}`,
};
