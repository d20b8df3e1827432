// What only a browser can do: every function is called by a screen or by the document.
(() => {
  const token = () => document.querySelector('meta[name="antiforgery"]')?.content ?? "";

  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  const theme = (name) => {
    document.documentElement.dataset.theme = name;
    document.cookie = `theme=${name};path=/;max-age=31536000;samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
  };

  // A full request, as signing out and changing the language need.
  const post = (action, fields) => {
    if (action.includes("sign-out")) Object.keys(sessionStorage).filter((k) => k.startsWith("draft:")).forEach((k) => sessionStorage.removeItem(k));
    const form = document.createElement("form");
    form.method = "post";
    form.action = action;
    for (const [name, value] of Object.entries({ ...fields, __RequestVerificationToken: token() })) {
      const input = document.createElement("input");
      [input.type, input.name, input.value] = ["hidden", name, value ?? ""];
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  };

  const focus = (id) => {
    const field = document.getElementById(id);
    field?.closest("details")?.setAttribute("open", "");
    field?.scrollIntoView({ block: "center" });
    (field?.matches("fieldset") ? field.querySelector("input") : field)?.focus();
  };

  // On arriving at a page its heading has the focus, unless the person has gone to a field since.
  let wentTo = "";
  document.addEventListener("focusin", () => { wentTo = location.href; });
  const arrive = () => {
    const heading = document.querySelector("h1");
    if (!heading) return;
    heading.tabIndex = -1;
    if (wentTo !== location.href || !document.activeElement?.matches("input, select, textarea")) heading.focus({ preventScroll: true });
  };

  // Drafts: what is typed into a form is mirrored here at once, and kept by the server after a pause. The mirror is ahead
  // while the server has not answered: then it is what a reload restores.
  const drafts = new Map();
  const rootOf = (form) => document.querySelector(`[data-draft="${CSS.escape(form)}"]`);
  const fieldsOf = (root) => Object.fromEntries(
    [...root.querySelectorAll("input[id], select[id], textarea[id]")].filter((f) => f.type !== "file" && f.type !== "radio").map((f) => [f.id, f.value]));
  const mirrorOf = (form) => {
    try { return JSON.parse(sessionStorage.getItem(`draft:${form}`)); } catch { return null; }
  };
  const mirror = (form, value) => {
    try {
      if (value) sessionStorage.setItem(`draft:${form}`, JSON.stringify(value));
      else sessionStorage.removeItem(`draft:${form}`);
    } catch { /* a full or forbidden storage: the server's copy remains */ }
  };
  const keep = async (form) => {
    const [draft, root] = [drafts.get(form), rootOf(form)];
    if (!draft || !root) return;
    const fields = fieldsOf(root);
    // A larger message would cut the circuit: then the mirror alone keeps it.
    if (JSON.stringify(fields).length > draft.limit) return;
    try {
      if (!await draft.keeper.invokeMethodAsync("KeepAsync", fields)) return;
      const mirrored = mirrorOf(form);
      if (mirrored && JSON.stringify(mirrored.fields) === JSON.stringify(fields)) {
        mirror(form, { ...mirrored, isAhead: false });
        root.dataset.kept = "true";
      }
    } catch {
      if (drafts.get(form) === draft) draft.timer = setTimeout(() => keep(form), 5000);
    }
  };
  const typed = (root) => {
    const draft = root && drafts.get(root.dataset.draft);
    if (!draft) return;
    delete root.dataset.kept;
    mirror(root.dataset.draft, { fields: fieldsOf(root), at: Date.now(), isAhead: true });
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => keep(root.dataset.draft), 800);
  };
  const draft = {
    begin: (form, keeper, limit) => {
      drafts.set(form, { keeper, limit });
      const mirrored = mirrorOf(form);
      // The answer is a message too.
      return JSON.stringify(mirrored).length > limit ? null : mirrored;
    },
    typed: (form) => typed(rootOf(form)),
    leave: (form) => {
      clearTimeout(drafts.get(form)?.timer);
      drafts.delete(form);
    },
    drop: (form) => {
      draft.leave(form);
      mirror(form, null);
    },
  };
  for (const kind of ["input", "change"]) document.addEventListener(kind, (e) => typed(e.target.closest("[data-draft]")));

  // Files go by HTTP, one after the other: a record takes one change at a time, and a phone's picker would drop the circuit.
  let uploads = Promise.resolve();
  const position = () => new Promise((done) => {
    if (!navigator.geolocation) return done(null);
    navigator.geolocation.getCurrentPosition((p) => done(p.coords), () => done(null), { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 });
  });
  const button = (text, click) => {
    const made = document.createElement("button");
    [made.type, made.className, made.textContent] = ["button", "link", text];
    made.addEventListener("click", click);
    return made;
  };
  const lineFor = (zone, file, words) => {
    const item = document.createElement("li");
    const [name, bar, said, buttons] = ["strong", "progress", "span", "span"].map((tag) => document.createElement(tag));
    name.textContent = file.name;
    [bar.max, bar.value] = [1, 0];
    bar.setAttribute("aria-label", file.name);
    item.append(name, bar, said, buttons);
    zone.querySelector(".uploads").append(item);
    const line = { item };
    line.say = (text, tone, ...offered) => {
      said.textContent = text;
      item.className = tone ?? "";
      bar.hidden = tone === "bad";
      buttons.replaceChildren(...offered);
    };
    line.progress = (share) => { bar.value = share; };
    line.say(words.waiting);
    return line;
  };
  const put = (address, file, line) => new Promise((done) => {
    const request = new XMLHttpRequest();
    line.abort = () => request.abort();
    request.open("POST", address);
    request.setRequestHeader("X-Tapwork-Antiforgery", token());
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (e) => e.lengthComputable && line.progress(e.loaded / e.total));
    request.addEventListener("load", () => {
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { /* no refusal of ours */ }
      done({ status: request.status, rule: said.rule, message: said.message });
    });
    for (const [event, status] of [["error", 0], ["abort", -1], ["timeout", 0]]) request.addEventListener(event, () => done({ status }));
    request.send(file);
  });
  const send = async (zone, file, line, words) => {
    if (line.isCancelled) return;
    const address = new URL(zone.dataset.upload, document.baseURI);
    address.searchParams.set("name", file.name.slice(-200));
    address.searchParams.set("takenAt", new Date(file.lastModified).toISOString());
    const cancel = button(words.cancel, () => line.abort?.());
    if (zone.dataset.locate !== undefined) {
      line.say(words.locating, "", cancel);
      const place = await position();
      if (place) for (const name of ["latitude", "longitude", "accuracy"]) address.searchParams.set(name, place[name]);
      zone.querySelector(".no-position")?.toggleAttribute("hidden", !!place);
    }
    line.say(words.sending, "", cancel);
    let answer = await put(address, file, line);
    for (let again = 0; again < 3 && answer.rule === "record.changed_meanwhile"; again++) answer = await put(address, file, line);
    const dismiss = button(words.dismiss, () => line.item.remove());
    const retry = button(words.retry, () => { uploads = uploads.then(() => send(zone, file, line, words)); });
    if (answer.status === 204) {
      line.progress(1);
      line.say(words.done, "good");
      setTimeout(() => line.item.remove(), 4000);
    } else if (answer.status === -1) line.item.remove();
    else if (answer.message) line.say(answer.message, "bad", retry, dismiss);
    else line.say(answer.status === 401 || answer.status === 400 ? words.signedOut : words.failed, "bad", retry, dismiss);
  };
  const upload = (zone, files) => {
    const words = JSON.parse(zone.dataset.words);
    for (const file of files) {
      const line = lineFor(zone, file, words);
      const dismiss = button(words.dismiss, () => line.item.remove());
      if (file.type && !zone.dataset.types.split(",").includes(file.type)) line.say(words.wrongType, "bad", dismiss);
      else if (file.size > Number(zone.dataset.limit)) line.say(words.tooLarge, "bad", dismiss);
      else {
        line.say(words.waiting, "", button(words.cancel, () => { line.isCancelled = true; line.item.remove(); }));
        uploads = uploads.then(() => send(zone, file, line, words));
      }
    }
  };
  document.addEventListener("change", (e) => {
    const zone = e.target.type === "file" && e.target.closest("[data-upload]");
    if (!zone) return;
    upload(zone, [...e.target.files]);
    e.target.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, (e) => {
    const zone = e.target.closest?.("[data-upload]");
    if (!zone) return;
    e.preventDefault();
    zone.classList.toggle("over", kind === "dragover");
    if (kind === "drop") upload(zone, [...e.dataTransfer.files]);
  });

  const copy = (text) => navigator.clipboard?.writeText(text);

  window.tapwork = { token, isDark, theme, post, focus, arrive, copy, draft };

  // Reloading after the circuit was lost asks nothing: what was typed is in the draft.
  let reloads = false;
  window.addEventListener("beforeunload", (e) => { if (reloads) e.stopImmediatePropagation(); }, { capture: true });

  // Ctrl S saves the form of the page (leaving the field first, so that its value counts); Ctrl K goes to the search.
  document.addEventListener("keydown", (e) => {
    if (!(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey) return;
    const key = e.key.toLowerCase();
    const target = key === "s" ? document.querySelector("[data-save]") : key === "k" ? document.getElementById("search-all") : null;
    if (!target) return;
    e.preventDefault();
    if (key === "k") return target.select();
    document.activeElement?.blur();
    target.click();
  });

  // In a list of proposals the arrows choose; the caret stays where it is.
  document.addEventListener("keydown", (e) => {
    if (e.target.matches?.("[role=combobox]") && (e.key === "ArrowDown" || e.key === "ArrowUp")) e.preventDefault();
  });

  // In an open menu the arrows move from item to item, from the button into it too.
  document.addEventListener("keydown", (e) => {
    const menu = e.target.closest?.(".menu");
    if (!menu || (e.key !== "ArrowDown" && e.key !== "ArrowUp")) return;
    const items = [...menu.querySelectorAll("[role=menuitem]")];
    if (items.length === 0) return;
    e.preventDefault();
    const at = items.indexOf(document.activeElement);
    items[at < 0 ? (e.key === "ArrowDown" ? 0 : items.length - 1) : (at + (e.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus();
  });

  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-search-open]")) document.getElementById("search-all")?.focus();
    if (e.target.closest("[data-retry]")) window.Blazor?.reconnect();
    if (e.target.closest("[data-reload]")) {
      reloads = true;
      location.reload();
    }
  });
})();
