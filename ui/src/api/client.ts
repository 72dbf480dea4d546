import type { Operations } from "./schema";

type Operation = keyof Operations;
type Asked<K extends Operation> = Pick<Operations[K], "path" | "query" | "body">;
type Required<K extends Operation> = Operations[K] extends { path: object } | { body: object } ? [Asked<K>] : [Partial<Asked<K>>?];
type Call = { path?: Record<string, string | number>; query?: Record<string, unknown>; body?: unknown };

/** What the server refused, in its words. `status` 0: it could not be reached. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly requestId = "",
  ) {
    super(message);
  }
}

export function path(pattern: string, parts: Record<string, string | number> = {}): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const part = encodeURIComponent(String(parts[name]));
    return name === "key" ? part.replaceAll("%2F", "/") : part;
  });
}

function url(pattern: string, call: Call): string {
  const given = Object.entries(call.query ?? {}).filter(([, value]) => value !== undefined && value !== null);
  const query = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return path(pattern, call.path) + (query ? `?${query}` : "");
}

/** One operation of the native API. Raises ApiError. */
export async function call<K extends Operation>(
  operation: K,
  ...rest: [...Required<K>, signal?: AbortSignal]
): Promise<Operations[K]["returns"]> {
  const [method = "GET", pattern = ""] = operation.split(" ");
  const [asked, signal] = rest as unknown as [Call?, AbortSignal?];
  const given = asked ?? {};
  const sent: RequestInit = { method, headers: {} };
  if (signal) sent.signal = signal;
  if (given.body !== undefined) {
    sent.headers = { "content-type": "application/json" };
    sent.body = JSON.stringify(given.body);
  }
  const answer = await reach(url(pattern, given), sent);
  if (answer.status === 204) return undefined as Operations[K]["returns"];
  return (await answer.json()) as Operations[K]["returns"];
}

/** Any address of this server. Raises ApiError. */
export async function reach(address: string, sent: RequestInit = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(address, sent);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The server cannot be reached", 0, "unreachable");
  }
  if (answer.ok) return answer;
  throw await refusal(answer);
}

async function refusal(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  const id = answer.headers.get("x-request-id") ?? "";
  try {
    const said = JSON.parse(text) as { error?: { message?: string; code?: string } | string; message?: string };
    if (typeof said.error === "object") return new ApiError(said.error.message ?? text, answer.status, said.error.code ?? "", id);
    return new ApiError(said.message ?? (typeof said.error === "string" ? said.error : text), answer.status, "", id);
  } catch {
    return new ApiError(text.slice(0, 2000) || `The server answered ${answer.status}`, answer.status, "", id);
  }
}
