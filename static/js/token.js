// Whoever signed in anew in another tab has another token: the server tells it with the event
// `fanlight:token`, and what is typed on this page can be sent.
document.addEventListener("fanlight:token", ({ detail: { token } }) => {
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
  for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
});
