/** Triggers in words, and a delivery to one as a command. */
import type { Trigger } from "@/api/schema";
import { shell } from "@/lib/code";

export type Kind = Trigger["kind"];

/** What an event of a kind has to take parameters from. */
export const fieldsOfKind: Record<Kind, readonly string[]> = {
  webhook: [],
  model_version: ["model", "version", "source", "at", "actor"],
  alias: ["model", "alias", "version", "before", "at", "actor"],
};

export function triggerWords({ kind, model, alias }: Pick<Trigger, "kind" | "model" | "alias">): string {
  if (kind === "webhook") return "When a signed delivery comes";
  const whose = model || "any model";
  return kind === "alias" ? `When ${alias ? `@${alias}` : "an alias"} of ${whose} is set or moved` : `When ${whose} gets a version`;
}

type Example = { [key: string]: Example | number };
/** Names are of somebody's choice, and `__proto__` is one like any other here. */
const empty = (): Example => Object.create(null) as Example;

/** An example of a body that has what the mapping takes. */
export function exampleOf(mapping: Readonly<Record<string, string>>): unknown {
  const found = empty();
  for (const path of Object.values(mapping)) {
    const parts = path.split(".");
    let at = found;
    for (const part of parts.slice(0, -1)) {
      const within = at[part];
      at = typeof within === "object" ? within : (at[part] = empty());
    }
    const last = parts.at(-1);
    if (last !== undefined) at[last] ??= 1;
  }
  return found;
}

/** A delivery, signed as Standard Webhooks has it. */
export function signedCurl(url: string, mapping: Readonly<Record<string, string>>, secret = "whsec_..."): string {
  return `URL=${shell(url)}
SECRET=${shell(secret)}
BODY=${shell(JSON.stringify(exampleOf(mapping)))}
ID="msg_$(date +%s%N)"
NOW="$(date +%s)"
SIGNATURE="$(printf %s "$ID.$NOW.$BODY" | SECRET="$SECRET" python3 -c '
import base64, hashlib, hmac, os, sys
key = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
print(base64.b64encode(hmac.digest(key, sys.stdin.buffer.read(), hashlib.sha256)).decode())')"
curl "$URL" -H "webhook-id: $ID" -H "webhook-timestamp: $NOW" -H "webhook-signature: v1,$SIGNATURE" -H 'content-type: application/json' -d "$BODY"`;
}
