// On the demo's sign-in page a click on an account fills the form and sends it.

export function listenForDemoAccounts() {
  document.addEventListener("click", (event) => {
    const account = event.target.closest?.("[data-demo-login]");
    const form = document.querySelector("form[data-sign-in]");
    if (!account || !form) return;
    form.querySelector("[data-sign-in-login]").value = account.dataset.demoLogin;
    form.querySelector("[data-sign-in-password]").value = account.dataset.demoPassword;
    form.requestSubmit();
  });
}
