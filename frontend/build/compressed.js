// Puts a gzip and a Brotli copy beside everything that compresses well; the server sends them as they are.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const COMPRESSES = /\.(?:js|css|svg)$/;

function written(path) {
  const source = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(source, { level: 9 }));
  writeFileSync(`${path}.br`, brotliCompressSync(source, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
}

export function compressed() {
  return {
    name: "huikuan-compressed",
    apply: "build",
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle)) if (COMPRESSES.test(name)) written(join(dir, name));
    },
  };
}
