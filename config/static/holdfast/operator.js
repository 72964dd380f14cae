// A confirmed form is sent once: a second click while it travels is not a second wish.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button[type=submit]")) button.setAttribute("aria-disabled", "true");
});
// The browser's back button shows the form again as it was: then it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[type=submit]")) button.removeAttribute("aria-disabled");
  }
});
// Where a mouse is, a keyboard is too: the first thing to type into is ready. On a phone the page is read first.
document.addEventListener("DOMContentLoaded", () => {
  const reason = document.querySelector("[data-focus]");
  const first = reason && (reason.form.querySelector("input:not([type=hidden]), select, textarea") || reason);
  if (first && matchMedia("(pointer: fine)").matches) first.focus({ preventScroll: true });
});
