// What only a browser can do. No state: every function is called by a screen or by the document.
(() => {
  const token = () => document.querySelector('meta[name="antiforgery"]')?.content ?? "";

  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  const theme = (name) => {
    document.documentElement.dataset.theme = name;
    document.cookie = `theme=${name};path=/;max-age=31536000;samesite=lax`;
  };

  // A full request, as signing out and changing the language need.
  const post = (action, fields) => {
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
    field?.scrollIntoView({ block: "center" });
    field?.focus();
  };

  const copy = (text) => navigator.clipboard?.writeText(text);

  window.tapwork = { token, isDark, theme, post, focus, copy };

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

  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-search-open]")) document.getElementById("search-all")?.focus();
    if (e.target.closest("[data-retry]")) window.Blazor?.reconnect();
    if (e.target.closest("[data-reload]")) location.reload();
  });
})();
