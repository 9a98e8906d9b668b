/* Turns <div class="map" data-map="ID"> and the GeoJSON of <script id="ID" type="application/json"> into a Leaflet map without
   tiles: roads thin and grey, each route in its own colour and dash, numbered stops, depots. hansa.web.charts
   writes the GeoJSON; the legend's check boxes show and hide routes; every pin is reached by the Tab key. */
window.hansaMaps = (() => {
  "use strict";

  const { L } = window;
  const drawn = new Map();
  const DASHES = [null, "10 6", "2 6", "14 5 2 5"];
  const COLOURS = 6;

  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);

  function colour(name) {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  }

  /* dark figures on a light pin, light ones on a dark pin */
  function inkOn(css) {
    const [red, green, blue] = css.match(/[\d.]+/g).map(Number);
    return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? "#14273a" : "#ffffff";
  }

  const styleOf = (order) => ({
    colour: colour(`series-${(order % COLOURS) + 1}`),
    dash: DASHES[Math.floor(order / COLOURS) % DASHES.length],
  });

  const SPACE = "http://www.w3.org/2000/svg";

  function anchor(box) {
    const picture = document.createElementNS(SPACE, "svg");
    const use = document.createElementNS(SPACE, "use");
    use.setAttribute("href", `${box.dataset.icons}#warehouse`);
    picture.append(use);
    return picture;
  }

  function pin(kind, name, content, css) {
    const icon = L.divIcon({ iconSize: [26, 26], popupAnchor: [0, -12] });
    icon.createIcon = () => {
      const element = document.createElement("div");
      element.className = `map-${kind} leaflet-marker-icon`;
      element.append(content);
      element.setAttribute("aria-label", name);
      element.style.width = element.style.height = "26px";
      element.style.marginLeft = element.style.marginTop = "-13px";
      if (css) {
        element.style.setProperty("--pin", css);
        element.style.setProperty("--pin-ink", inkOn(css));
      }
      return element;
    };
    return icon;
  }

  /* text only, never markup: names come from shoppers and merchants */
  function details({ name, facts = [] }) {
    const box = document.createElement("div");
    const title = document.createElement("h4");
    title.textContent = name;
    const list = document.createElement("dl");
    for (const [term, value] of facts) {
      const key = document.createElement("dt");
      const fact = document.createElement("dd");
      key.textContent = term;
      fact.textContent = value;
      list.append(key, fact);
    }
    box.append(title, list);
    return box;
  }

  const points = ({ type, coordinates }) => {
    const place = ([lon, lat]) => [lat, lon];
    if (type === "Point") return place(coordinates);
    return type === "LineString" ? coordinates.map(place) : coordinates.map((line) => line.map(place));
  };

  function road(feature, map) {
    const weight = feature.properties.rank === "main" ? 2.2 : 1;
    return L.polyline(points(feature.geometry), {
      renderer: map.hansaCanvas,
      color: colour("line-strong"),
      opacity: feature.properties.rank === "main" ? 0.6 : 0.35,
      weight,
      interactive: false,
    });
  }

  function route(feature, group) {
    const { order } = feature.properties;
    const look = styleOf(order);
    const line = points(feature.geometry);
    L.polyline(line, { color: colour("raised"), weight: 8, opacity: 0.75, interactive: false }).addTo(group);
    L.polyline(line, { color: look.colour, weight: 4, opacity: 0.95, dashArray: look.dash })
      .bindPopup(() => details(feature.properties))
      .addTo(group);
  }

  function stop(feature, group) {
    const { order, number, name } = feature.properties;
    const marker = L.marker(points(feature.geometry), {
      icon: pin("stop", name, String(number), styleOf(order).colour),
      title: name,
      riseOnHover: true,
    });
    marker.bindPopup(() => details(feature.properties)).addTo(group);
  }

  function depot(feature, box) {
    const { name } = feature.properties;
    const marker = L.marker(points(feature.geometry), {
      icon: pin("depot", name, anchor(box), null),
      title: name,
      zIndexOffset: 1000,
    });
    return marker.bindPopup(() => details(feature.properties));
  }

  function legend(box, routes, map) {
    const list = document.querySelector(`[data-map-legend="${box.dataset.map}"]`);
    if (!list) return;
    list.replaceChildren(...[...routes].map(([key, { feature, group }]) => entry(key, feature.properties, group, map)));
  }

  function entry(key, { order, name, note }, group, map) {
    const item = document.createElement("li");
    const label = document.createElement("label");
    const tick = document.createElement("input");
    tick.type = "checkbox";
    tick.checked = map.hasLayer(group);
    tick.value = key;
    tick.addEventListener("change", () => (tick.checked ? group.addTo(map) : group.remove()));
    label.append(tick, sample(styleOf(order)), document.createTextNode(name));
    if (note) {
      const small = document.createElement("small");
      small.textContent = note;
      label.append(small);
    }
    item.append(label);
    return item;
  }

  function sample({ colour: css, dash }) {
    const picture = document.createElementNS(SPACE, "svg");
    picture.setAttribute("viewBox", "0 0 40 12");
    picture.setAttribute("aria-hidden", "true");
    const line = document.createElementNS(SPACE, "path");
    line.setAttribute("d", "M1 6H39");
    line.setAttribute("stroke", css);
    line.setAttribute("stroke-width", "4");
    if (dash) line.setAttribute("stroke-dasharray", dash);
    picture.append(line);
    return picture;
  }

  function fill(map, box, collection, hidden) {
    const routes = new Map();
    const all = L.featureGroup().addTo(map);
    const groupOf = (key) => routes.get(key).group;
    for (const feature of collection.features) {
      if (feature.properties.kind === "road") road(feature, map).addTo(map);
    }
    for (const feature of collection.features) {
      const { kind, route: key } = feature.properties;
      if (kind !== "route") continue;
      routes.set(key, { feature, group: L.featureGroup() });
      route(feature, groupOf(key));
      if (!hidden.has(key)) groupOf(key).addTo(map);
    }
    for (const feature of collection.features) {
      if (feature.properties.kind === "stop") stop(feature, groupOf(feature.properties.route));
      if (feature.properties.kind === "depot") depot(feature, box).addTo(all);
    }
    legend(box, routes, map);
    return [...routes.values()].reduce((bounds, { group }) => bounds.extend(group.getBounds()), L.latLngBounds([]).extend(all.getBounds()));
  }

  function drawOne(box) {
    const collection = JSON.parse(document.getElementById(box.dataset.map).textContent);
    const old = drawn.get(box);
    const view = old && { centre: old.getCenter(), zoom: old.getZoom() };
    const hidden = new Set([...document.querySelectorAll(`[data-map-legend="${box.dataset.map}"] input:not(:checked)`)].map((tick) => tick.value));
    old?.remove();
    const map = L.map(box, {
      crs: collection.plane ? L.CRS.Simple : L.CRS.EPSG3857,
      minZoom: collection.plane ? -8 : 3,
      zoomControl: false,
      attributionControl: false,
      scrollWheelZoom: false,
      zoomSnap: 0.25,
    });
    map.hansaCanvas = L.canvas({ padding: 0.5 });
    map.setView([0, 0], 3);
    L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
    if (!collection.plane) L.control.scale({ imperial: false }).addTo(map);
    const bounds = fill(map, box, collection, hidden);
    if (view) map.setView(view.centre, view.zoom);
    else if (bounds.isValid()) map.fitBounds(bounds, { padding: [32, 32], maxZoom: 16 });
    /* the wheel scrolls the page until the reader has entered the map */
    map.on("focus click", () => map.scrollWheelZoom.enable());
    map.on("blur", () => map.scrollWheelZoom.disable());
    drawn.set(box, map);
  }

  function draw() {
    for (const [box, map] of drawn) {
      if (box.isConnected) continue;
      map.remove();
      drawn.delete(box);
    }
    for (const box of document.querySelectorAll(".map[data-map]")) if (!drawn.has(box)) drawOne(box);
  }

  document.addEventListener("hansa:theme", () => [...drawn.keys()].forEach(drawOne));

  return { draw };
})();
