// The guided tour of templates/onboarding/tour.html: one card beside one thing after the other.
const SEEN = "huikuan-tour-seen";

function visible(element) {
  return element !== null && element.getClientRects().length > 0;
}

function stepsOf(holder) {
  return [...holder.content.querySelectorAll("[data-tour-step]")]
    .map((step) => ({
      title: step.dataset.title,
      text: step.textContent,
      target: [...document.querySelectorAll(step.dataset.tourStep)].find(visible) ?? null,
    }))
    .filter((step) => step.target !== null);
}

function place(card, target) {
  const gap = 12;
  const around = target.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const beside = around.right + gap + width <= window.innerWidth;
  const left = beside ? around.right + gap : Math.min(around.left, window.innerWidth - width - gap);
  const below = around.bottom + gap + height <= window.innerHeight;
  const top = beside ? around.top : below ? around.bottom + gap : around.top - height - gap;
  card.style.left = `${Math.max(gap, left)}px`;
  card.style.top = `${Math.min(Math.max(gap, top), Math.max(gap, window.innerHeight - height - gap))}px`;
}

class Tour {
  constructor(holder) {
    this.steps = stepsOf(holder);
    this.card = holder.content.querySelector(".tour-card").cloneNode(true);
    this.at = 0;
    this.onKey = (event) => this.key(event);
    this.onMove = () => place(this.card, this.steps[this.at].target);
  }

  start() {
    if (this.steps.length === 0) return;
    document.body.append(this.card);
    this.card.querySelector("[data-tour-next]").addEventListener("click", () => this.go(1));
    this.card.querySelector("[data-tour-back]").addEventListener("click", () => this.go(-1));
    this.card.querySelector("[data-tour-end]").addEventListener("click", () => this.end());
    document.addEventListener("keydown", this.onKey);
    window.addEventListener("resize", this.onMove);
    window.addEventListener("scroll", this.onMove, { passive: true });
    this.show();
  }

  show() {
    const step = this.steps[this.at];
    const next = this.card.querySelector("[data-tour-next]");
    next.dataset.more ??= next.textContent;
    const last = this.at === this.steps.length - 1;
    next.textContent = last ? next.dataset.last : next.dataset.more;
    this.card.querySelector("h2").textContent = step.title;
    this.card.querySelector("p").textContent = step.text;
    this.card.querySelector(".tour-count").textContent = `${this.at + 1} / ${this.steps.length}`;
    this.card.querySelector("[data-tour-back]").disabled = this.at === 0;
    this.mark(step.target);
    step.target.scrollIntoView({ block: "center" });
    place(this.card, step.target);
    next.focus({ preventScroll: true });
  }

  mark(target) {
    document.querySelector(".tour-target")?.classList.remove("tour-target");
    target?.classList.add("tour-target");
  }

  go(by) {
    const at = this.at + by;
    if (at < 0) return;
    if (at >= this.steps.length) {
      this.end();
      return;
    }
    this.at = at;
    this.show();
  }

  key(event) {
    if (event.key === "Escape") this.end();
    else if (event.key === "ArrowRight") this.go(1);
    else if (event.key === "ArrowLeft") this.go(-1);
    else return;
    event.preventDefault();
  }

  end() {
    localStorage.setItem(SEEN, "1");
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("resize", this.onMove);
    window.removeEventListener("scroll", this.onMove);
    this.mark(null);
    this.card.remove();
    const banner = document.querySelector("[data-tour-banner]");
    if (banner) banner.hidden = true;
    document.querySelector("#content")?.focus({ preventScroll: true });
  }
}

export function offerTour() {
  const banner = document.querySelector("[data-tour-banner]");
  const holder = document.querySelector("template[data-tour]");
  if (!banner || !holder || localStorage.getItem(SEEN)) return;
  banner.hidden = false;
  const starter = banner.querySelector("[data-tour-start]");
  starter.addEventListener("click", () => new Tour(holder).start());
  banner.querySelector("[data-tour-dismiss]").addEventListener("click", () => {
    localStorage.setItem(SEEN, "1");
    banner.hidden = true;
  });
}
