
"use strict";
{
  const byId = (id) => document.getElementById(id);
  const stage = byId("stage");
  const scene = byId("scene");
  const picture = document.querySelector("#a img");
  const LARGEST_ZOOM = 64;
  const STEP = Math.SQRT2;

  // Zoom: pixels of the screen that a pixel of the picture takes. x, y: where its corner is.
  const view = { x: 0, y: 0, zoom: 1, isFitted: true };

  const scaleOf = (zoom) => zoom / devicePixelRatio;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const onScreen = (value) => Math.round(value * devicePixelRatio) / devicePixelRatio;

  // Inside the stage, or, of what is larger, all of the stage inside it.
  const held = (place, size, room) =>
    clamp(place, Math.min(0, room - size), Math.max(0, room - size));

  function draw() {
    const scale = scaleOf(view.zoom);
    view.x = held(view.x, picture.width * scale, stage.clientWidth);
    view.y = held(view.y, picture.height * scale, stage.clientHeight);
    stage.style.setProperty("--x", `${onScreen(view.x)}px`);
    stage.style.setProperty("--y", `${onScreen(view.y)}px`);
    stage.style.setProperty("--scale", scale);
    stage.toggleAttribute("data-pixels", view.zoom >= 1);
    byId("zoom").value = `${Math.round(100 * view.zoom)} %`;
  }

  // Small pictures are enlarged to whole pixels of the screen.
  function fittingZoom() {
    const scale = Math.min(
      stage.clientWidth / picture.width,
      stage.clientHeight / picture.height,
    );
    const zoom = scale * devicePixelRatio;
    return zoom < 1 ? zoom : Math.min(Math.floor(zoom), LARGEST_ZOOM);
  }

  function fit() {
    view.zoom = fittingZoom();
    view.x = (stage.clientWidth - picture.width * scaleOf(view.zoom)) / 2;
    view.y = (stage.clientHeight - picture.height * scaleOf(view.zoom)) / 2;
    view.isFitted = true;
    draw();
  }

  // A point of the stage keeps the pixel that it shows.
  function zoomTo(zoom, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
    zoom = clamp(zoom, Math.min(fittingZoom(), 1), LARGEST_ZOOM);
    view.x = x - ((x - view.x) * zoom) / view.zoom;
    view.y = y - ((y - view.y) * zoom) / view.zoom;
    view.zoom = zoom;
    view.isFitted = false;
    draw();
  }

  function move(x, y) {
    view.x += x;
    view.y += y;
    draw();
  }

  // One pointer moves the pictures, two zoom as well.
  const pointers = new Map();

  function spread() {
    const [p, q = p] = [...pointers.values()];
    return { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2, size: Math.hypot(p.x - q.x, p.y - q.y) };
  }

  function pointOf(event) {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  scene.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pointers.size === 2) return;
    scene.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, pointOf(event));
  });
  scene.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const before = spread();
    pointers.set(event.pointerId, pointOf(event));
    const now = spread();
    move(now.x - before.x, now.y - before.y);
    if (before.size > 0) zoomTo((view.zoom * now.size) / before.size, now.x, now.y);
  });
  scene.addEventListener("lostpointercapture", (event) => pointers.delete(event.pointerId));

  // A notch of a wheel is 100 pixels or 3 lines; fingers on a pad that pinch give Ctrl and few pixels.
  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = pointOf(event);
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE;
      const notches = event.deltaY / (lines ? 3 : event.ctrlKey ? 10 : 100);
      zoomTo(view.zoom * STEP ** -notches, x, y);
    },
    { passive: false },
  );

  const keys = {
    "+": () => zoomTo(view.zoom * STEP),
    "=": () => zoomTo(view.zoom * STEP),
    "-": () => zoomTo(view.zoom / STEP),
    0: fit,
    1: () => zoomTo(1),
    ArrowLeft: () => move(stage.clientWidth / 8, 0),
    ArrowRight: () => move(-stage.clientWidth / 8, 0),
    ArrowUp: () => move(0, stage.clientHeight / 8),
    ArrowDown: () => move(0, -stage.clientHeight / 8),
  };
  scene.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  byId("smaller").addEventListener("click", keys["-"]);
  byId("larger").addEventListener("click", keys["+"]);
  byId("fit").addEventListener("click", fit);
  byId("exact").addEventListener("click", keys["1"]);

  // What the controls say; browsers keep it when a page is loaded anew.
  function read() {
    const gain = 2 ** byId("gain").value;
    stage.dataset.view = document.querySelector("[name=view]:checked").value;
    stage.dataset.ground = byId("ground").value;
    stage.style.setProperty("--split", `${byId("split").value}%`);
    stage.style.setProperty("--gain", gain);
    byId("gain-shown").value = gain;
    byId("gain").disabled = stage.dataset.view !== "difference";
  }

  document.addEventListener("input", read);
  new ResizeObserver(() => (view.isFitted ? fit() : draw())).observe(stage);
  read();
  fit();
}
