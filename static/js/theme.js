// Runs before the first paint, so the page never flashes in the other theme. The server prints the
// person's saved theme; one chosen on this device counts until the saved one changes.
(() => {
  const page = document.documentElement;
  page.dataset.savedTheme = page.dataset.theme;
  const [saved, chosen] = (localStorage.getItem("fanlight:theme") ?? "").split(" ");
  if (chosen && saved === page.dataset.savedTheme) page.dataset.theme = chosen;
})();
