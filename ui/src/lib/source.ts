/** Where the code of a run came from, as clients note it in its tags. */
import type { Run } from "@/api/schema";
import { dataOf } from "./run-data";

export type Source = { name: string; commit: string; branch: string; dirty: boolean; diff: string; repository: string; link: string | null };

const git = "mlflow.source.git.";

export function sourceOf(run: Run): Source | null {
  const tags = dataOf(run).t;
  const tag = (key: string) => tags.get(key) ?? "";
  const commit = tag(`${git}commit`);
  const repository = tag(`${git}repoURL`);
  const found = {
    name: tag("mlflow.source.name"),
    commit,
    branch: tag(`${git}branch`),
    dirty: tag(`${git}dirty`).toLowerCase() === "true",
    diff: tag(`${git}diff`),
    repository,
    link: commitLink(repository, commit),
  };
  return found.name || commit || found.diff ? found : null;
}

/** The page of a commit where hosts of repositories have it; null for what is no plain https address or ssh one. */
export function commitLink(repository: string, commit: string): string | null {
  const ssh = /^(?:ssh:\/\/)?git@([\w.-]+)[:/]([\w./~-]+)$/.exec(repository);
  const https = /^https:\/\/([\w.-]+)\/([\w./~-]+)$/.exec(repository);
  const [, host, name] = ssh ?? https ?? [];
  if (!host || !name || !/^[0-9a-f]{7,64}$/.test(commit)) return null;
  return `https://${host}/${name.replace(/\.git$/, "")}/commit/${commit}`;
}

export type DiffPart = { kind: "file" | "hunk" | "added" | "removed" | "same"; text: string };

/** A diff as runs of lines of one kind. */
export function diffParts(text: string): DiffPart[] {
  const found: DiffPart[] = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const kind = kindOf(line);
    const last = found.at(-1);
    if (last?.kind === kind) last.text += `\n${line}`;
    else found.push({ kind, text: line });
  }
  return found;
}

function kindOf(line: string): DiffPart["kind"] {
  if (/^(diff |index |--- |\+\+\+ |new file|deleted file|rename |similarity )/.test(line)) return "file";
  if (line.startsWith("@@")) return "hunk";
  if (line.startsWith("+")) return "added";
  return line.startsWith("-") ? "removed" : "same";
}
