// Buttons that need a script stay hidden without one: copy an address, print a page.
document.querySelectorAll("[data-copy], [data-print]").forEach((button) => {
  if (button.matches("[data-print]") || navigator.clipboard) button.hidden = false;
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if (button.matches("[data-print]")) {
    window.print();
    return;
  }
  const lines = [...document.querySelectorAll(`${button.dataset.copy} > *`)].map((line) => line.textContent.trim());
  try {
    await navigator.clipboard.writeText(lines.join("\n"));
    button.textContent = "Copied";
  } catch {
    button.textContent = "Please copy it by hand";
  }
});
