// Runs in the page before the app. It notes what the app draws over its picture: edgegen verify compares it with the result.
(() => {
  /** The last drawing on the canvas `overlay`, in its pixels. */
  const drawn = { boxes: [], points: [], shapes: [], paintings: [] };
  globalThis.edgegenDrawn = drawn;
  const isOverlay = (context) => context.canvas.id === 'overlay';
  const isOpaque = (style) => typeof style === 'string' && style.startsWith('#'); // rims are half transparent

  /** Call `note(context, ...arguments)` for each call of a method on the overlay. */
  const listen = (name, note) => {
    const prototype = CanvasRenderingContext2D.prototype;
    const original = prototype[name];
    prototype[name] = function (...values) {
      if (isOverlay(this)) note(this, ...values);
      return original.apply(this, values);
    };
  };
  const place = (context, x, y) => {
    const point = context.getTransform().transformPoint(new DOMPoint(x, y));
    return [point.x, point.y];
  };

  // A new width empties the canvas: a new drawing begins.
  const width = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, 'width');
  Object.defineProperty(HTMLCanvasElement.prototype, 'width', {
    ...width,
    set(value) {
      if (this.id === 'overlay') for (const each of Object.values(drawn)) each.length = 0;
      width.set.call(this, value);
    },
  });

  listen('strokeRect', (context, x, y, width, height) => {
    if (isOpaque(context.strokeStyle)) drawn.boxes.push([place(context, x, y), place(context, x + width, y + height)]);
  });

  let path = [];
  let circle = null;
  let isClosed = false;
  listen('beginPath', () => {
    path = [];
    circle = null;
    isClosed = false;
  });
  listen('moveTo', (context, x, y) => path.push(place(context, x, y)));
  listen('lineTo', (context, x, y) => path.push(place(context, x, y)));
  listen('closePath', () => {
    isClosed = true;
  });
  listen('arc', (context, x, y) => {
    circle = place(context, x, y);
  });
  listen('stroke', (context) => {
    if (isClosed && path.length === 4 && isOpaque(context.strokeStyle)) drawn.shapes.push(path);
  });
  listen('fill', (context) => {
    if (circle && isOpaque(context.fillStyle)) drawn.points.push([circle]);
  });

  listen('drawImage', (context, canvas, ...values) => {
    if (!(canvas instanceof OffscreenCanvas) || values.length !== 8) return;
    const [left, top, wide, high, x, y, toWide, toHigh] = values;
    const to = [place(context, x, y), place(context, x + toWide, y + toHigh)];
    drawn.paintings.push({ canvas, from: [[left, top], [left + wide, top + high]], to });
  });

  const base64 = async (blob) => {
    const reader = new FileReader();
    await new Promise((resolve) => {
      reader.onload = resolve;
      reader.readAsDataURL(blob);
    });
    return reader.result.slice(reader.result.indexOf(',') + 1);
  };

  /** Return the last drawing as JSON, and where the screen shows the picture, in pixels of the overlay. */
  globalThis.edgegenDrawing = async () => {
    const overlay = document.getElementById('overlay');
    const shown = document.getElementById('photo');
    const frame = overlay.getBoundingClientRect();
    const around = shown.getBoundingClientRect();
    const ratio = overlay.width / frame.width;
    const sides = [around.width / shown.naturalWidth, around.height / shown.naturalHeight];
    const scale = getComputedStyle(shown).objectFit === 'cover' ? Math.max(...sides) : Math.min(...sides);
    const left = around.left - frame.left + (around.width - shown.naturalWidth * scale) / 2;
    const top = around.top - frame.top + (around.height - shown.naturalHeight * scale) / 2;
    const paintings = [];
    for (const { canvas, from, to } of drawn.paintings) {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      paintings.push({ width, height, from, to, rgba: await base64(new Blob([data])) });
    }
    const { boxes, points, shapes } = drawn;
    return { scale: scale * ratio, left: left * ratio, top: top * ratio, boxes, points, shapes, paintings };
  };
})();
