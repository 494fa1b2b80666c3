// Runs before the first paint, so the page never flashes in the other theme. The server prints the
// person's saved choice; one made on this device since then is kept here.
(() => {
  const chosen = localStorage.getItem("fanlight:theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
})();
