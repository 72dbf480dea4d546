/** What can be read and changed of triggers. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call, path } from "./client";
import { useChange } from "./pipelines";
import type { CreateTrigger } from "./schema";

export const triggersQuery = (limit = 500) =>
  queryOptions({
    queryKey: ["triggers", "list", limit],
    queryFn: ({ signal }) => call("GET /api/v1/triggers", { query: { limit } }, signal),
  });

export const firingsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["triggers", "firings", id],
    queryFn: ({ pageParam, signal }) => call("GET /api/v1/triggers/{id}/firings", { path: { id }, query: { limit: 20, page_token: pageParam } }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_page_token ?? null,
  });

/** Where deliveries of a webhook are sent to. */
export const webhookUrl = (server: string, id: string) => `${server}${path("/api/v1/triggers/{id}/webhook", { id })}`;

export const useCreateTrigger = () => useChange((body: CreateTrigger) => call("POST /api/v1/triggers", { body }), "triggers");
export const useSwitchTrigger = () =>
  useChange(({ id, on }: { id: string; on: boolean }) => call(`POST /api/v1/triggers/{id}/${on ? "enable" : "disable"}`, { path: { id } }), "triggers");
/** The one before is void from now on; the answer tells the new one, once. */
export const useNewSecret = () => useChange((id: string) => call("PATCH /api/v1/triggers/{id}", { path: { id }, body: { secret: "" } }), "triggers");
export const useDeleteTrigger = () => useChange((id: string) => call("DELETE /api/v1/triggers/{id}", { path: { id } }), "triggers");
