// Beside each built file its brotli and gzip forms, so that the server never packs the same bytes twice.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const out = new URL("../../src/modelyard/web/dist", import.meta.url).pathname;
for (const name of readdirSync(out, { recursive: true })) {
  const path = join(out, String(name));
  if (!statSync(path).isFile() || !/\.(js|css|html|svg)$/.test(path)) continue;
  const content = readFileSync(path);
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
}
