// Builds one SVG sprite of the icons the templates use (frontend/icons.json) and puts it into the bundle as
// "frontend/icons.svg". Pages refer to it with {% icon "name" %}: one cached file instead of an inline
// drawing in every row.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const listPath = new URL("../icons.json", import.meta.url);

function symbol(name) {
  const source = readFileSync(require.resolve(`@tabler/icons/outline/${name}.svg`), "utf8");
  const body = source
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
    .replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
}

export function iconSprite() {
  return {
    name: "huikuan-icon-sprite",
    apply: "build",
    buildStart() {
      this.addWatchFile(listPath.pathname);
    },
    generateBundle() {
      const names = JSON.parse(readFileSync(listPath, "utf8"));
      const symbols = names.map(symbol).join("");
      this.emitFile({
        type: "asset",
        name: "icons.svg",
        originalFileName: "frontend/icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols}</svg>`,
      });
    },
  };
}
