// On a phone the sub-navigation of the settings scrolls sideways: begin at the page one is on.
export function showCurrentSetting() {
  const current = document.querySelector(".settings-nav [aria-current]");
  const nav = current?.closest(".settings-nav");
  if (nav && nav.scrollWidth > nav.clientWidth) {
    nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
  }
}
