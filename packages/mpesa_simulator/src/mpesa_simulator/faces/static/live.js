// Keeps a page in step with the network: the server says when something changed, and the parts that differ are put
// in place. Whatever a person is typing stays as it is. Pages listen for "refreshed" to add their own touches.
"use strict";

const live = (() => {
  const here = location.pathname;
  const shown = new Map();
  const withoutTime = (html) => html.replace(/data-clock="\d+"/g, "");

  for (const part of document.querySelectorAll("[data-part]")) {
    shown.set(part.dataset.part, withoutTime(part.innerHTML));
  }

  async function refresh() {
    const response = await fetch(here);
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const { part: name } = part.dataset;
      const html = withoutTime(part.innerHTML);
      if (shown.get(name) === html) continue;
      shown.set(name, html);
      document.querySelector(`[data-part="${name}"]`).innerHTML = part.innerHTML;
    }
    document.dispatchEvent(new CustomEvent("refreshed"));
  }

  // Where the stream does not get through, asking every two seconds does.
  let polling = setInterval(refresh, 2000);
  const stream = new EventSource(`${here}/events`);
  stream.onopen = () => {
    clearInterval(polling);
    refresh();
  };
  stream.onmessage = refresh;
  stream.onerror = () => {
    clearInterval(polling);
    polling = setInterval(refresh, 2000);
  };

  const began = Date.now();
  const clock = document.querySelector("[data-clock]");
  const skew = clock ? Number(clock.dataset.clock) - began : 0;
  function tick() {
    const now = new Date(Date.now() + skew);
    const time = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Africa/Nairobi" });
    for (const each of document.querySelectorAll("[data-clock]:not([data-still])")) each.textContent = time;
  }
  document.addEventListener("refreshed", tick);
  setInterval(tick, 1000);

  return { refresh };
})();
