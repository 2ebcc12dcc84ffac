// The fonts of printed pages (PDF), beside the code that sets them: huikuan/core/typesetting.py. Browsers never
// load them, so they are no part of the bundle.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL("../../huikuan/core/fonts/", import.meta.url));
const fonts = ["400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf"];

export function printedFonts() {
  return {
    name: "huikuan-printed-fonts",
    apply: "build",
    writeBundle() {
      mkdirSync(folder, { recursive: true });
      for (const font of fonts) {
        copyFileSync(require.resolve(`@expo-google-fonts/noto-sans-sc/${font}`), folder + font.split("/")[1]);
      }
    },
  };
}
