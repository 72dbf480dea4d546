import { defineConfig } from "vite";

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
      // What every page has comes with the first load; else each page would ask for a dozen crumbs.
      output: { codeSplitting: { groups: [{ name: "shared", test: /src\/(components|lib|api)\/(?!chart\/(?!sparkline|pointed))|node_modules\/(@tanstack|react|lucide|scheduler)/, minShareCount: 2 }] } },
      onwarn: (warning, tell) => warning.code === "MODULE_LEVEL_DIRECTIVE" || tell(warning), // "use client" means nothing here
    },
  },
  server: { proxy: Object.fromEntries(["/api", "/endpoints/"].map((at) => [at, "http://127.0.0.1:5000"])) },
});
