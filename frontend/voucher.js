// A voucher entered by hand: what each side comes to and what is missing to balance, as one types.
const amount = (input) => {
  const text = input.value.replaceAll(",", "").trim();
  return /^-?\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 100) : 0;
};

const shown = (cents) => (cents / 100).toLocaleString("en", { minimumFractionDigits: 2 });

function add(form) {
  const sums = {};
  for (const side of ["debit", "credit"]) {
    const inputs = form.querySelectorAll(`[data-voucher-side="${side}"] input`);
    sums[side] = [...inputs].reduce((sum, input) => sum + amount(input), 0);
    form.querySelector(`[data-voucher-sum="${side}"]`).textContent = shown(sums[side]);
  }
  const rest = form.querySelector("[data-voucher-rest]");
  const missing = sums.debit - sums.credit;
  rest.textContent = missing ? `${rest.dataset.text} ${shown(missing)}` : "";
}

export function enlivenVoucher(root) {
  const form = root.querySelector("[data-voucher]");
  if (!form) return;
  form.addEventListener("input", () => add(form));
  add(form);
}
