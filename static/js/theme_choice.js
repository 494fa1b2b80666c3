// The theme buttons of the user menu: at once here, kept on this device.
const page = document.documentElement;

function mark() {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === page.dataset.theme));
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-theme-choice]");
  if (!button) return;
  page.dataset.theme = button.dataset.themeChoice;
  localStorage.setItem("fanlight:theme", `${page.dataset.savedTheme} ${page.dataset.theme}`);
  mark();
});

mark();
