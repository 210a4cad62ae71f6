// Sends files piece by piece while the person writes on. A line that breaks costs one piece: what has arrived is asked for,
// and sending goes on from there, in growing waits, until it is done or removed.
(() => {
  const SMALLEST = 32 * 1024;
  const FIRST = 128 * 1024;
  const LARGEST = 512 * 1024;
  const QUICK = 2_000; // milliseconds in which a piece arrived that may be followed by a larger one
  const PATIENCE = 60_000;
  const WAITS = [1, 2, 4, 8, 15, 30]; // seconds; the last again and again

  class Refused extends Error {} // said by the market: trying again will not help
  class Stopped extends Error {}

  class Sending {
    constructor(part, file) {
      this.part = part;
      this.file = file;
      this.piece = FIRST;
      this.stop = new AbortController();
      this.row = part.template.content.firstElementChild.cloneNode(true);
      this.row.querySelector(".upload__name").textContent = file.name || "photo";
      this.row.querySelector(".upload__remove").setAttribute("aria-label", `Remove ${file.name}`);
      this.row.querySelector(".upload__remove").addEventListener("click", () => this.remove());
      this.draw();
      part.list.append(this.row);
    }

    get isOver() { return this.row.matches(".upload--ready, .upload--bad"); }
    get isBad() { return this.row.matches(".upload--bad"); }

    say(words, mark = "") {
      for (const known of ["ready", "waits", "bad"]) this.row.classList.toggle(`upload--${known}`, known === mark);
      const state = this.row.querySelector(".upload__state");
      if (state.textContent !== words) state.textContent = words;
    }

    show(offset) {
      const percent = Math.floor((offset / this.file.size) * 100);
      this.row.querySelector("progress").value = percent;
      this.say(`${percent} %`);
    }

    // A small picture of a photo, which never leaves the phone.
    async draw() {
      const canvas = this.row.querySelector("canvas");
      const sign = this.file.type.startsWith("video/") ? "film" : "paper";
      for (const shown of this.row.querySelectorAll("[data-sign]")) shown.hidden = shown.dataset.sign !== sign;
      if (!this.file.type.startsWith("image/") || !window.createImageBitmap) return;
      try {
        const picture = await createImageBitmap(this.file);
        const side = Math.min(picture.width, picture.height);
        canvas.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 112, 112);
        picture.close();
        canvas.hidden = false;
        for (const shown of this.row.querySelectorAll("[data-sign]")) shown.hidden = true;
      } catch { /* no picture that this browser knows; the market will say so */ }
    }

    async run() {
      try {
        const { url } = await this.patiently(() => this.ask(this.part.begin, {
          method: "POST",
          body: JSON.stringify({ name: this.file.name || "photo", size: this.file.size, purpose: this.part.purpose }),
        }).then((answer) => answer.json()));
        this.url = url;
        await this.send();
        this.say("Checking …");
        const ready = await this.patiently(async () => (await this.ask(`${this.url}finish/`, { method: "POST" })).json());
        this.end(ready);
      } catch (problem) {
        if (problem instanceof Stopped || this.stop.signal.aborted) return;
        this.say(problem instanceof Refused ? problem.message : "This file can no longer be read. Choose it again.", "bad");
      }
    }

    async send() {
      let offset = 0;
      while (offset < this.file.size) {
        this.show(offset);
        offset = await this.patiently(async (again) => {
          if (again) {
            this.piece = Math.max(SMALLEST, this.piece / 2);
            const known = Number((await this.ask(this.url, { method: "HEAD" })).headers.get("Upload-Offset"));
            if (known !== offset) return known;
          }
          const began = performance.now();
          const body = this.file.slice(offset, offset + this.piece);
          const answer = await this.ask(this.url, { method: "PATCH", body, headers: { "Upload-Offset": offset } });
          if (performance.now() - began < QUICK) this.piece = Math.min(LARGEST, this.piece * 2);
          return Number(answer.headers.get("Upload-Offset"));
        });
      }
      this.show(offset);
    }

    // Until it works: a refusal ends it, a bad line only delays it.
    async patiently(work) {
      for (let tries = 0; ; tries += 1) {
        try {
          return await work(tries > 0);
        } catch (problem) {
          if (this.stop.signal.aborted) throw new Stopped();
          if (problem instanceof Refused || problem.name === "NotReadableError" || problem.name === "NotFoundError") throw problem;
          await this.wait(WAITS[Math.min(tries, WAITS.length - 1)]);
        }
      }
    }

    async wait(seconds) {
      let online;
      const back = new Promise((resolve) => { online = resolve; });
      window.addEventListener("online", online, { once: true });
      this.stop.signal.addEventListener("abort", online, { once: true });
      for (let left = seconds; left > 0; left -= 1) {
        this.say(`No connection. Trying again in ${left}\u00a0s`, "waits");
        const over = await Promise.race([back.then(() => true), new Promise((resolve) => { setTimeout(resolve, 900 + Math.random() * 200); })]);
        if (over) break;
      }
      window.removeEventListener("online", online);
      if (this.stop.signal.aborted) throw new Stopped();
    }

    async ask(address, { headers = {}, ...request }) {
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), PATIENCE);
      const stop = () => patience.abort();
      this.stop.signal.addEventListener("abort", stop);
      try {
        const answer = await fetch(address, {
          ...request, headers: { "X-CSRFToken": this.part.token, ...headers }, signal: patience.signal, redirect: "error",
        });
        if (answer.ok || answer.status === 409 && answer.headers.has("Upload-Offset")) return answer;
        if (answer.status >= 500 || answer.status === 408) throw new Error(`${answer.status}`);
        const said = await answer.json().catch(() => ({}));
        throw new Refused(said.error || "This page is too old to send files. Load it again, then choose the file again.");
      } finally {
        clearTimeout(timer);
        this.stop.signal.removeEventListener("abort", stop);
      }
    }

    end(ready) {
      if (this.part.root.querySelector(`input[name="uploads"][value="${ready.id}"]`)) {
        this.say("You have added this file already.", "bad");
        return;
      }
      const input = document.createElement("input");
      Object.assign(input, { type: "hidden", name: "uploads", value: ready.id });
      this.url = ready.url;
      this.isKept = true;
      this.row.append(input);
      this.say("Ready", "ready");
    }

    remove() {
      this.stop.abort();
      const next = this.row.nextElementSibling?.querySelector("button") || this.part.add;
      this.row.remove();
      this.part.sendings.delete(this);
      if (this.url && (this.isKept || !this.isOver)) this.part.forget(this.url);
      next.focus();
      this.part.changed();
    }
  }

  class Part {
    constructor(root) {
      this.root = root;
      this.form = root.closest("form");
      this.list = root.querySelector("[data-list]");
      this.template = root.querySelector("[data-row]");
      this.said = root.querySelector("[data-said]");
      this.add = root.querySelector("[data-add]");
      this.begin = root.dataset.begin;
      this.purpose = root.dataset.purpose;
      this.token = this.form.querySelector("[name=csrfmiddlewaretoken]").value;
      this.sendings = new Set();
      this.queue = Promise.resolve();
      const field = root.querySelector("input[type=file][name]");
      const camera = root.querySelector("[data-camera]");
      root.classList.add("uploads--live");
      root.querySelector("[data-buttons]").hidden = false;
      this.add.addEventListener("click", () => field.click());
      if (matchMedia("(pointer: coarse)").matches) {
        const photograph = root.querySelector("[data-photograph]");
        photograph.hidden = false;
        photograph.addEventListener("click", () => camera.click());
      }
      for (const input of [field, camera]) {
        input.tabIndex = -1;
        input.addEventListener("change", () => this.take(input));
      }
      this.form.addEventListener("submit", (event) => this.submit(event));
      if (field.files.length) this.take(field); // chosen before this script came
    }

    take(input) {
      const files = [...input.files];
      input.value = "";
      const room = Number(this.root.dataset.most) - this.list.children.length;
      if (files.length > room) this.say(`You can send up to ${this.root.dataset.most} files. ${files.length - Math.max(room, 0)} were left out.`);
      else this.say("");
      for (const file of files.slice(0, Math.max(room, 0))) {
        const sending = new Sending(this, file);
        this.sendings.add(sending);
        // One after another: a slow line shared by all would finish none.
        this.queue = this.queue.then(() => sending.stop.signal.aborted || sending.run()).then(() => this.changed());
      }
    }

    // Sent while files are on their way, the form waits for them and then goes by itself.
    submit(event) {
      const under = [...this.sendings].filter((sending) => !sending.isOver);
      const bad = [...this.sendings].filter((sending) => sending.isBad);
      if (!under.length && !bad.length) return;
      event.preventDefault();
      event.stopPropagation();
      if (bad.length) {
        this.say("Remove the files that cannot be sent, then send again.");
        this.complains = true;
        bad[0].row.querySelector("button").focus();
        return;
      }
      this.waiting = { submitter: event.submitter };
      this.say("Your files are still on their way. This is sent as soon as they have arrived.");
    }

    changed() {
      if (!this.waiting) {
        if (this.complains && ![...this.sendings].some((sending) => sending.isBad)) this.say("");
        return;
      }
      if ([...this.sendings].some((sending) => !sending.isOver)) return;
      const { submitter } = this.waiting;
      this.waiting = null;
      this.say("");
      this.form.requestSubmit(submitter);
    }

    forget(address) {
      fetch(address, { method: "DELETE", headers: { "X-CSRFToken": this.token }, keepalive: true }).catch(() => {});
    }

    say(words) {
      this.said.textContent = words;
      this.complains = false;
    }
  }

  for (const root of document.querySelectorAll("[data-uploads]")) new Part(root);
})();
