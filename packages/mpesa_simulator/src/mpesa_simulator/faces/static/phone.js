// What a handset does beyond staying in step: one view at a time, and forms that do not leave the page.
"use strict";

const handset = document.querySelector(".handset");
const phone = `/phone/${handset.dataset.msisdn}`;

function showView() {
  const wanted = decodeURIComponent(location.hash.slice(1)) || "home";
  const views = [...handset.querySelectorAll("[data-view]")];
  const view = views.find((each) => each.dataset.view === wanted) || views[0];
  for (const each of views) each.hidden = each !== view;
  if (view?.dataset.sender) markRead(view.dataset.sender);
}

function markRead(sender) {
  const unread = handset.querySelector(`.threads a.unread[href="#from-${CSS.escape(sender)}"]`);
  if (unread) fetch(`${phone}/read`, { method: "POST", body: new URLSearchParams({ sender }) }).then(live.refresh);
}

let hiding;
function say(words) {
  const toast = handset.querySelector(".toast");
  toast.textContent = words;
  toast.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (toast.hidden = true), 4000);
}

handset.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { target, submitter } = event;
  const body = new URLSearchParams(new FormData(target, submitter));
  submitter.disabled = true;
  const response = await fetch(target.action, { method: "POST", body });
  if (target.matches(".menu-form")) {
    say(await response.text());
    submitter.disabled = false;
    target.reset();
    location.hash = "home";
  }
  await live.refresh();
});

document.addEventListener("refreshed", () => {
  showView();
  handset.querySelector("[role=dialog] input")?.focus();
});
window.addEventListener("hashchange", showView);
showView();
