import { Download } from "lucide-react";
import { modelArchiveUrl } from "@/api/queries";
import type { Links } from "@/api/schema";
import layout from "@/components/layout.module.css";
import { Link, to } from "@/components/link";
import { Panel } from "@/components/panel";

/** What the run read, and what it left: data, logged models, registered versions. */
export function Made({ links }: { links: Links }) {
  const { datasets, versions, models_written: models } = links;
  return (
    <>
      {versions.length > 0 && (
        <Panel title="Registered as" flush>
          <table className={layout.table}>
            <tbody>
              {versions.map((one) => (
                <tr key={`${one.name}/${one.version}`}>
                  <td>
                    <Link to={to.version(one.name, one.version)}>{one.name} version {one.version}</Link>
                  </td>
                  <td className="muted">{one.aliases.map((alias) => `@${alias}`).join(" ") || one.stage}</td>
                  <Files uri={`models:/${one.name}/${one.version}`} name={`${one.name} version ${one.version}`} />
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      )}
      {models.length > 0 && (
        <Panel title="Logged models" flush>
          <table className={layout.table}>
            <tbody>
              {models.map((id) => (
                <tr key={id}>
                  <td className="mono">{id}</td>
                  <Files uri={`models:/${id}`} name={id} />
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      )}
      {datasets.length > 0 && (
        <Panel title="Data" flush>
          <table className={layout.table}>
            <tbody>
              {datasets.map((one) => (
                <tr key={one.name + one.digest}>
                  <td>{one.name}</td>
                  <td className="mono">{one.digest}</td>
                  <td className="muted">{one.context ?? one.source_type}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Panel>
      )}
    </>
  );
}

function Files({ uri, name }: { uri: string; name: string }) {
  return (
    <td className="number">
      <a href={modelArchiveUrl(uri)} download title="Download its files as a zip" aria-label={`Download the files of ${name} as a zip`}>
        <Download size={14} aria-hidden />
      </a>
    </td>
  );
}
