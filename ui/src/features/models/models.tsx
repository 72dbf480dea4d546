import { useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { endpointsQuery, modelsQuery } from "@/api/queries";
import type { Endpoint, Model } from "@/api/schema";
import { Code } from "@/components/code";
import { Input } from "@/components/field";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Page } from "@/components/page";
import { EmptyState, Loaded, State } from "@/components/states";
import { Alias, Tag } from "@/components/tag";
import { Ago } from "@/components/time";
import { useAddress } from "@/components/use-address";
import { quoted } from "@/lib/filter";
import { plural } from "@/lib/format";
import { nameOf } from "@/lib/served";
import { modelsCode } from "./code";
import css from "./models.module.css";

export function Models() {
  const [search, change] = useAddress();
  const text = useDeferredValue(search.q ?? "");
  const filter = text ? `name ILIKE ${quoted(`%${text}%`)}` : "";
  const found = useQuery(modelsQuery(filter));
  const endpoints = useQuery(endpointsQuery());
  return (
    <Page
      title="Models"
      name="Models"
      code={modelsCode(filter, window.location.origin)}
      facts={found.data && <span>{plural(found.data.items.length, "model")}</span>}
      actions={
        <Input
          data-filter
          type="search"
          aria-label="Filter by name"
          placeholder="Filter by name"
          value={search.q ?? ""}
          onChange={(event) => change({ q: event.target.value || undefined })}
        />
      }
    >
      <Loaded query={found} what="The list of models">
        {({ items }) =>
          items.length === 0 ? (
            text ? <EmptyState title={`No model is called “${text}”`} /> : <NoModels />
          ) : (
            <div className={css.scroll}>
              <table className={layout.table}>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">In use</th>
                    <th scope="col">Latest</th>
                    <th scope="col">Served by</th>
                    <th scope="col">Updated</th>
                    <th scope="col" className={css.wide}>Tags</th>
                  </tr>
                </thead>
                <tbody>
                  {items
                    .toSorted((a, b) => b.updated_at - a.updated_at)
                    .map((one) => (
                      <Row key={one.name} one={one} endpoints={endpoints.data?.items ?? []} />
                    ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function Row({ one, endpoints }: { one: Model; endpoints: readonly Endpoint[] }) {
  const latest = one.latest.reduce((most, version) => Math.max(most, version.version), 0);
  const served = endpoints.filter((endpoint) => endpoint.revisions.some((revision) => nameOf(revision.model_uri) === one.name));
  return (
    <tr>
      <td>
        <Link to={to.model(one.name)}>{one.name}</Link>
        {one.description && <div className={`${css.about} muted small ellipsis`}>{one.description}</div>}
      </td>
      <td>
        <span className="row wrap" style={{ gap: 6 }}>
          {Object.entries(one.aliases).map(([alias, version]) => (
            <span key={alias} className="row tight">
              <Alias name={alias} to={to.version(one.name, version)} />
              <span className="muted">v{version}</span>
            </span>
          ))}
        </span>
      </td>
      <td>{latest > 0 ? <Link to={to.version(one.name, latest)}>v{latest}</Link> : <span className="muted">none</span>}</td>
      <td>
        <span className="row wrap">
          {served.map((endpoint) => (
            <span key={endpoint.name} className="row tight">
              <State of={endpoint.status.phase} short />
              <Link to={to.endpoint(endpoint.name)}>{endpoint.name}</Link>
            </span>
          ))}
        </span>
      </td>
      <td className="muted">
        <Ago at={one.updated_at} />
      </td>
      <td className={css.wide}>
        <span className="row">
          {Object.entries(one.tags).slice(0, 3).map(([key, value]) => (
            <Tag key={key} name={key} value={value} />
          ))}
        </span>
      </td>
    </tr>
  );
}

function NoModels() {
  return (
    <EmptyState title="No model is registered yet">
      <p className="muted">Register one where it is logged:</p>
      <div style={{ width: "min(680px, 100%)" }}>
        <Code label="How to register a model" text={`mlflow.sklearn.log_model(model, name="model", registered_model_name="my-model")`} />
      </div>
    </EmptyState>
  );
}
