import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { compressed } from "./frontend/build/compressed.js";
import { printedFonts } from "./frontend/build/printed-fonts.js";
import { iconSprite } from "./frontend/build/icon-sprite.js";
import { leaveOutUnused } from "./frontend/build/leave-out.js";

// One entry, frontend/main.js; charts follow only on pages that draw one. Templates find the hashed names
// through manifest.json (django-vite).
export default defineConfig({
  base: "/static/dist/",
  publicDir: false,
  plugins: [iconSprite(), printedFonts(), compressed()],
  css: { postcss: { plugins: [leaveOutUnused()] } },
  build: {
    outDir: fileURLToPath(new URL("huikuan/web/static/dist", import.meta.url)),
    emptyOutDir: true,
    manifest: "manifest.json",
    license: { fileName: "licenses.md" },
    // The styles use light-dark() and relative colours as they are: rewriting them for older browsers
    // doubles the stylesheet.
    target: ["chrome123", "edge123", "firefox128", "safari17.5"],
    // A data: URI would need a wider content security policy for no gain.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: { main: "frontend/main.js" },
      // htmx has an eval() for attributes that we switch off (allowEval) and the content policy forbids.
      checks: { eval: false },
    },
  },
});
