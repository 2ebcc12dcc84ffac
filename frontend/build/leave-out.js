// Leaves out what Huikuan has no use for in Tabler's stylesheet: its page frame (we have our own), colours of
// social networks, and widgets that a receivables desk never shows. A third of the stylesheet.

const UNUSED = new RegExp(
  [
    String.raw`\.navbar\b`,
    "data-bs-navbar",
    String.raw`\.(carousel|otp|signal|ribbon|steps|confetti|sortable|datepicker|vc|calendar|marketing|prose|markdown)\b`,
    String.raw`\.(chat|fullcalendar|apexcharts|jvm|jqvmap|dropzone|tom-select|ts-|fslightbox|plyr|litepicker|noUi|star-rating)\b`,
    String.raw`-(facebook|twitter|linkedin|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler)(-lt|-fg)?(?![\w-])`,
    String.raw`\.io-`,
  ].join("|"),
);

export function leaveOutUnused() {
  return {
    postcssPlugin: "huikuan-leave-out",
    Rule(rule) {
      const kept = rule.selectors.filter((selector) => !UNUSED.test(selector));
      if (kept.length === 0) rule.remove();
      else if (kept.length < rule.selectors.length) rule.selectors = kept;
    },
  };
}
leaveOutUnused.postcss = true;
