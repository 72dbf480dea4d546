import { useQuery } from "@tanstack/react-query";
import { serverQuery } from "@/api/queries";
import { Code } from "@/components/code";
import layout from "@/components/layout.module.css";
import { Page } from "@/components/page";
import { Panel } from "@/components/panel";
import { Loaded } from "@/components/states";
import { Segments } from "@/components/tabs";
import { chooseDensity, chooseTheme, useDensity, useTheme } from "@/components/theme";
import type { Choice, Density } from "@/components/theme";
import { Ago } from "@/components/time";
import { codeOf } from "./code";

const themes = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];
const densities = [
  { value: "compact", label: "Compact" },
  { value: "normal", label: "Normal" },
  { value: "roomy", label: "Roomy" },
];

export function Settings() {
  const server = useQuery(serverQuery());
  const theme = useTheme();
  const density = useDensity();
  return (
    <Page title="Settings" name="Settings" code={codeOf(window.location.origin)}>
      <div className={layout.columns}>
        <Panel title="Appearance">
          <div className="stack">
            <div className="row wrap">
              <span style={{ width: 80 }}>Theme</span>
              <Segments label="Theme" options={themes} chosen={theme} choose={(value) => chooseTheme(value as Choice)} />
            </div>
            <div className="row wrap">
              <span style={{ width: 80 }}>Rows</span>
              <Segments label="Rows" options={densities} chosen={density} choose={(value) => chooseDensity(value as Density)} />
            </div>
            <p className="muted small">These are kept in this browser.</p>
          </div>
        </Panel>
        <Panel title="This server">
          <Loaded query={server} what="The server">
            {(one) => (
              <div className="stack">
                <dl className={layout.keyValues}>
                  <dt>Version</dt>
                  <dd>{one.version}</dd>
                  <dt>Started</dt>
                  <dd>
                    <Ago at={one.started_at} />
                  </dd>
                  <dt>Data</dt>
                  <dd className="mono">{one.data_dir}</dd>
                  <dt>Database</dt>
                  <dd className="mono">{one.database}</dd>
                  <dt>Artifacts</dt>
                  <dd className="mono">{one.artifacts}</dd>
                  {one.grpc && (
                    <>
                      <dt>gRPC</dt>
                      <dd className="mono">{one.grpc}</dd>
                    </>
                  )}
                </dl>
                <Code label="Connect" text={`export MLFLOW_TRACKING_URI=${one.url}`} />
                <p>
                  <a href="/docs">API documentation</a> · <a href="/metrics">Metrics</a> · <a href="/healthz/ready">Health</a>
                </p>
              </div>
            )}
          </Loaded>
        </Panel>
      </div>
    </Page>
  );
}
