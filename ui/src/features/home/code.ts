import type { Snippet } from "@/components/code";
import { get } from "@/lib/code";

export const codeOf = (url: string): Snippet[] => [
  { value: "sdk", label: "Modelyard", text: `from modelyard.sdk.client import Client\n\nwith Client("${url}") as client:\n    print(client.experiments(), client.models(), client.events(limit=20))` },
  { value: "cli", label: "Terminal", text: `export MODELYARD_URL=${url}\nmodelyard experiments\nmodelyard endpoints\nmodelyard events --limit 20` },
  { value: "curl", label: "curl", text: get(url, "events", { limit: "20" }) },
];
