import type { Snippet } from "@/components/code";
import { get } from "@/lib/code";

export const codeOf = (url: string): Snippet[] => [
  { value: "sdk", label: "Modelyard", text: `from modelyard.sdk.client import Client\n\nwith Client("${url}") as client:\n    print(client.server())` },
  { value: "curl", label: "curl", text: get(url, "server") },
];
