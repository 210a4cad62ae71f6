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

// Where nothing but a choice is asked for, choosing is enough, also before this script was here.
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form && form.matches("[data-submit-on-change]")) form.requestSubmit();
});
document.querySelectorAll("[data-submit-on-change] option:checked:not([selected])").forEach((option) => {
  option.closest("form").requestSubmit();
});

// Time that is left until a deadline, counted down each half minute; the words are those of the server (shop.py, left).
function countDown() {
  document.querySelectorAll("[data-until]").forEach((left) => {
    const minutes = Math.floor((new Date(left.dataset.until) - Date.now()) / 60000);
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60) % 24;
    if (minutes < 1) left.textContent = "any moment now";
    else if (days) left.textContent = `${days} day${days > 1 ? "s" : ""}${hours ? ` ${hours} h` : ""} left`;
    else left.textContent = hours ? `${hours} h ${minutes % 60} min left` : `${minutes} min left`;
  });
}
setInterval(countDown, 30000);

// The live page of a payment changes in place; the tab's title says what its heading says.
const told = document.querySelector("#state.live");
if (told) {
  const rest = document.title.slice(document.title.lastIndexOf(" · "));
  new MutationObserver(() => {
    const heading = told.querySelector("h1");
    if (heading) document.title = heading.textContent + rest;
  }).observe(told, { childList: true, subtree: true });
}

// What only a browser with JavaScript can do appears with it.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
