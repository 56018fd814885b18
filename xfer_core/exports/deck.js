(() => {
  "use strict";
  const WIDTH = 1920, HEIGHT = 1080;
  const told = JSON.parse(document.getElementById("figures").textContent);
  const slides = [...document.querySelectorAll(".slide")];
  const root = document.documentElement;
  const drawn = new Map();
  let current = Math.min(Math.max(told.start, 0), slides.length - 1);

  function fit() {
    const k = Math.min(window.innerWidth / WIDTH, window.innerHeight / HEIGHT);
    root.style.setProperty("--k", String(k));
  }

  function isDark() { return root.dataset.theme === "dark"; }

  function draw(index) {
    const theme = isDark() ? "dark" : "light";
    const place = slides[index].querySelector(".chart > div");
    if (!place || drawn.get(index) === theme) return;
    drawn.set(index, theme);
    const figure = told.figures[index];
    const room = place.parentElement;
    const layout = {
      ...figure[theme].layout,
      width: Math.floor(room.clientWidth / told.enlarged),
      height: Math.floor(room.clientHeight / told.enlarged),
    };
    place.style.transform = `scale(${told.enlarged})`;
    Plotly.react(place, figure[theme].data, layout, { displayModeBar: false, doubleClick: false });
  }

  function drawOthers() {
    const rest = slides.map((_, index) => index).filter(
      (index) => drawn.get(index) !== (isDark() ? "dark" : "light"));
    if (!rest.length) { root.dataset.ready = "all"; return; }
    rest.sort((a, b) => Math.abs(a - current) - Math.abs(b - current));
    draw(rest[0]);
    setTimeout(drawOthers, 0);
  }

  function show(index) {
    if (index < 0 || index >= slides.length) return;
    slides[current].classList.remove("on");
    current = index;
    draw(index);
    slides[index].classList.add("on");
    root.dataset.slide = String(index + 1);
    tellAddress();
  }

  function tellAddress() {
    if (!told.framed) { history.replaceState(null, "", `#${current + 1}`); return; }
    try {
      const address = new URL(parent.location.href);
      address.searchParams.set("slide", String(current + 1));
      address.searchParams.set("snapshot", slides[current].dataset.snapshot);
      parent.history.replaceState(parent.history.state, "", address);
    } catch (error) { /* another origin: the address stays */ }
  }

  function leave() {
    if (!told.framed) { show(0); return; }
    try { parent.document.querySelector(".st-key-leave_present button").click(); }
    catch (error) { /* nothing to leave */ }
  }

  function theme() {
    if (told.framed) return;
    root.dataset.theme = isDark() ? "light" : "dark";
    draw(current);
    drawOthers();
  }

  const moves = {
    ArrowRight: () => show(current + 1), ArrowDown: () => show(current + 1),
    PageDown: () => show(current + 1), " ": () => show(current + 1),
    ArrowLeft: () => show(current - 1), ArrowUp: () => show(current - 1),
    PageUp: () => show(current - 1), Home: () => show(0), End: () => show(slides.length - 1),
    Escape: leave, t: () => slides[current].classList.toggle("table"), d: theme,
    r: () => {}, c: () => {}, R: () => {}, C: () => {},
  };

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = moves[event.key];
    const pressed = event.target && event.target.closest && event.target.closest("button");
    if (!move || (event.key === " " && pressed)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    move();
  }

  document.addEventListener("keydown", onKey, true);
  window.addEventListener("resize", fit);
  for (const [name, move] of [["back", () => show(current - 1)], ["next", () => show(current + 1)],
    ["numbers", moves.t], ["leave", leave]]) {
    for (const button of document.querySelectorAll(`button[data-do="${name}"]`)) {
      button.addEventListener("click", move);
    }
  }
  if (told.framed) {
    // The page around would rerun on r and clear its cache on c; here these keys do nothing.
    try {
      const outer = window.parent, frame = window.frameElement;
      const relay = (event) => {
        if (!frame.isConnected) { outer.removeEventListener("keydown", relay, true); return; }
        onKey(event);
      };
      outer.addEventListener("keydown", relay, true);
      window.focus();
    } catch (error) { /* another origin: the frame has its own keys */ }
  } else {
    const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    if (root.dataset.theme === "auto") root.dataset.theme = dark ? "dark" : "light";
    const asked = parseInt(location.hash.slice(1), 10);
    if (asked >= 1 && asked <= slides.length) current = asked - 1;
  }
  fit();
  show(current);
  setTimeout(drawOthers, 0);
})();
