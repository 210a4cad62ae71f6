// Keeps a handset's page in step with the network: the server says when something changed, and the parts that
// differ are put in place. Whatever a person is typing stays as it is.
"use strict";

const handset = document.querySelector(".handset");
const here = `/phone/${handset.dataset.msisdn}`;
const shown = new Map();
const loadedAt = Date.now();
let skew = 0;

function showView() {
  const wanted = decodeURIComponent(location.hash.slice(1)) || "home";
  const views = [...handset.querySelectorAll("[data-view]")];
  const view = views.find((each) => each.dataset.view === wanted) || views[0];
  for (const each of views) each.hidden = each !== view;
  if (view?.dataset.sender) markRead(view.dataset.sender);
}

function markRead(sender) {
  const link = handset.querySelector(`.threads a.unread[href="#from-${CSS.escape(sender)}"]`);
  if (link) fetch(`${here}/read`, { method: "POST", body: new URLSearchParams({ sender }) }).then(refresh);
}

function tick() {
  for (const clock of handset.querySelectorAll("[data-clock]:not([data-still])")) {
    const now = new Date(Date.now() + skew);
    clock.textContent = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Africa/Nairobi" });
  }
}

async function refresh() {
  const response = await fetch(here);
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of fresh.querySelectorAll("[data-part]")) {
    const name = part.dataset.part;
    const html = part.innerHTML.replace(/data-clock="\d+"/g, "");
    if (shown.get(name) === html) continue;
    shown.set(name, html);
    handset.querySelector(`[data-part="${name}"]`).innerHTML = part.innerHTML;
  }
  showView();
  tick();
  handset.querySelector("[role=dialog] input")?.focus();
}

handset.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { target, submitter } = event;
  submitter.disabled = true;
  const body = new URLSearchParams(new FormData(target, submitter.disabled ? null : submitter));
  if (submitter.name) body.append(submitter.name, submitter.value);
  await fetch(target.action, { method: "POST", body });
  await refresh();
});

for (const part of handset.querySelectorAll("[data-part]")) {
  shown.set(part.dataset.part, part.innerHTML.replace(/data-clock="\d+"/g, ""));
}
const clock = handset.querySelector("[data-clock]");
if (clock) skew = Number(clock.dataset.clock) - loadedAt;

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

window.addEventListener("hashchange", showView);
setInterval(tick, 1000);
showView();
