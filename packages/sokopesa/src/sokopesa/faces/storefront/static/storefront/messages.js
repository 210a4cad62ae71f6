// An open conversation: what is said appears at once, what is being written is kept, and sending does not reload the page.
// Without this script the form is sent and the page comes back.
const said = document.getElementById("said");
const writer = document.querySelector(".writer");
const text = writer?.querySelector("textarea");
const live = said?.dataset.events !== undefined;
const draft = `draft:${location.pathname}`;
const NEAR = 160; // pixels from the end within which somebody reads the newest

const atTheEnd = () => said.getBoundingClientRect().bottom < window.innerHeight + NEAR;

function toTheEnd() {
  const end = (said.lastElementChild ?? said).getBoundingClientRect().bottom;
  window.scrollBy(0, end + (writer?.offsetHeight ?? 0) + 12 - window.innerHeight);
}

function put(html) {
  const follow = atTheEnd() || document.activeElement === text;
  const arrived = document.createElement("template");
  arrived.innerHTML = html;
  for (const line of arrived.content.querySelectorAll("li")) {
    const { day, message } = line.dataset;
    if (message && document.getElementById(line.id)) continue;
    if (day && said.querySelector(`[data-day="${day}"]`)) continue;
    if (message) {
      line.classList.add("bubble--new");
      said.dataset.last = Math.max(message, said.dataset.last);
    }
    said.append(line);
  }
  document.querySelector(".said__none")?.remove();
  if (follow) toTheEnd();
}

// While the page is seen, the server sends what is said. Hidden, it is not read, and an SMS may tell of it instead.
let stream = null;
let asking = null;

function listen() {
  if (!live || document.visibilityState !== "visible" || stream) return;
  stream = new EventSource(`${said.dataset.events}?after=${said.dataset.last}`);
  stream.addEventListener("said", (event) => put(event.data));
  stream.addEventListener("open", () => clearInterval(asking));
  stream.addEventListener("error", () => {
    clearInterval(asking);
    asking = setInterval(ask, 10000); // where events do not get through
    if (stream.readyState === EventSource.CLOSED) stream = null;
  });
}

function rest() {
  stream?.close();
  stream = null;
  clearInterval(asking);
}

async function ask() {
  const answer = await fetch(`${said.dataset.news}?after=${said.dataset.last}`).catch(() => null);
  if (answer?.status === 200) put((await answer.json()).html);
}

document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? listen() : rest()));
window.addEventListener("pagehide", rest);
window.addEventListener("pageshow", listen);

function complain(words) {
  const error = writer.querySelector(".writer__error");
  error.hidden = !words;
  error.lastElementChild.textContent = words;
  text.toggleAttribute("aria-invalid", false);
  if (words) text.setAttribute("aria-invalid", "true");
}

function warn(words) {
  const warning = writer.querySelector(".writer__warning");
  warning.hidden = !words;
  warning.lastElementChild.textContent = words;
}

async function send(event) {
  if (!live) return sessionStorage.removeItem(draft); // the first message makes the conversation, and a page of its own
  event.preventDefault();
  if (writer.getAttribute("aria-busy") === "sending") return;
  writer.setAttribute("aria-busy", "sending");
  const sent = new FormData(writer);
  sent.set("after", said.dataset.last);
  try {
    const answer = await fetch(writer.action, { method: "POST", body: sent, headers: { "X-Conversation": "1" } });
    if (answer.redirected || ![200, 422].includes(answer.status)) throw new Error(answer.statusText);
    const { html, warning, error } = await answer.json();
    complain(error ?? "");
    if (!error) {
      if (text.value === sent.get("text").replaceAll("\r\n", "\n")) text.value = "";
      keep();
      writer.querySelector("[data-list]").replaceChildren();
      writer.querySelector(".writer__files").open = false;
      writer.elements.key.value = crypto.randomUUID?.() ?? "";
      warn(warning);
      put(html);
      toTheEnd();
    }
  } catch {
    complain("That was not sent. Look at your connection, then press Send again: it is sent only once.");
  } finally {
    writer.removeAttribute("aria-busy");
    text.focus();
  }
}

const keep = () => (text.value ? sessionStorage.setItem(draft, text.value) : sessionStorage.removeItem(draft));

if (text) {
  text.value ||= sessionStorage.getItem(draft) ?? "";
  text.addEventListener("input", keep);
  text.addEventListener("keydown", (event) => {
    const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(pointer: fine)").matches;
    if (!sends) return;
    event.preventDefault();
    writer.requestSubmit();
  });
  if (live) delete writer.dataset.once;
  // On the document: while files are on their way, uploads.js holds the form back.
  document.addEventListener("submit", (event) => event.target === writer && !event.defaultPrevented && send(event));
}
if (live) {
  toTheEnd();
  listen();
}
