import { defineConfig } from "vite";

/** A page is one file, whatever it is written in; the curves of many runs are another. */
const featureOf = (file: string) => /features\/(runs\/charts|[^/]+)/.exec(file)?.[1]?.replace("runs/", "") ?? null;

export default defineConfig({
  resolve: { alias: { "@": new URL("./src", import.meta.url).pathname } },
  build: {
    outDir: "../src/modelyard/web/dist",
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    cssCodeSplit: false, // all of it is a few kilobytes
    assetsInlineLimit: 0, // a data: script or style would need another hole in the policy
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What every page has comes with the first load; else each page would ask for a dozen crumbs.
            { name: "shared", test: /src\/(app|api|components\/(?!chart\/(plot|canvas|dots|frame))|lib\/(?!pipelines))|node_modules\/(?!uplot)/, priority: 2 },
            { name: "plot", test: /components\/chart|node_modules\/uplot/, priority: 1 },
            { name: featureOf, test: /src\/features/, debugName: "feature" },
          ],
        },
      },
      onwarn: (warning, tell) => warning.code === "MODULE_LEVEL_DIRECTIVE" || tell(warning), // "use client" means nothing here
    },
  },
  server: { proxy: Object.fromEntries(["/api", "/endpoints/"].map((at) => [at, "http://127.0.0.1:5000"])) },
});
