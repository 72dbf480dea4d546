import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError } from "@/api/client";
import { followEvents } from "@/api/events";
import { Toasts } from "@/components/toasts";
import { ours } from "@/lib/foreign-links";
import "@/styles/tokens.css";
import "@/styles/base.css";
import { makeRouter } from "./router";
import { followTheme } from "@/components/theme";

const target = ours(window.location.hash);
if (target !== null) window.history.replaceState(null, "", target);

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => error instanceof ApiError && (error.status === 0 || error.status === 503) && count < 3,
      refetchOnWindowFocus: true,
    },
  },
});
const router = makeRouter(client);
window.addEventListener("hashchange", () => {
  const moved = ours(window.location.hash);
  if (moved !== null) void router.navigate({ href: moved, replace: true });
});
followTheme();
followEvents(client);

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
