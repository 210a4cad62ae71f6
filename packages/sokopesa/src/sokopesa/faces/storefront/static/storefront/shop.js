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
