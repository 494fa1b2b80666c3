// <input data-limit="80"> with an <output class="counter" for="its id">: used / limit while typing.
// Counts code points, as the server does.
const NEAR = 0.9;
const locale = document.documentElement.lang;

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.limit) return;
  const counter = document.querySelector(`output.counter[for="${CSS.escape(target.id)}"]`);
  if (!counter) return;
  const limit = Number(target.dataset.limit);
  const used = [...target.value].length;
  counter.textContent = `${used.toLocaleString(locale)} / ${limit.toLocaleString(locale)}`;
  counter.toggleAttribute("data-near", used >= limit * NEAR && used <= limit);
  counter.toggleAttribute("data-over", used > limit);
});
