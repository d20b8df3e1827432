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

  window.tapwork = { token, isDark, theme, post };

  document.addEventListener("click", (e) => {
    if (e.target.closest("[data-retry]")) window.Blazor?.reconnect();
    if (e.target.closest("[data-reload]")) location.reload();
  });
})();
