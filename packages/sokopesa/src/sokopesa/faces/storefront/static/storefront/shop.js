// A form marked data-once is sent once: a second press while the page is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.getAttribute("aria-busy") === "true") {
    event.preventDefault();
    return;
  }
  form.setAttribute("aria-busy", "true");
});

// Coming back by the browser's Back button finds the form ready again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-once]").forEach((form) => form.removeAttribute("aria-busy"));
});

// Where nothing but a choice is asked for, choosing is enough.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && form.matches("[data-submit-on-change]")) form.requestSubmit();
});
