// The photo with its findings: fits the window, zooms about the pointer, pans by dragging.

import * as api from '/assets/api.js';
import { el, inert, score } from '/assets/text.js';
import { t } from '/assets/messages.js';

const svg = 'http://www.w3.org/2000/svg';
const max_scale = 12;

export class Stage {
  constructor() {
    this.sheet = el('div', { class: 'sheet' });
    this.tags = el('div', { class: 'tags', 'aria-hidden': 'true' });
    this.node = el('div', { class: 'stage', role: 'img' }, this.sheet, this.tags);
    this.at = { x: 0, y: 0, scale: 1 };
    this.fitted = true;
    this.size = { width: 1, height: 1 };
    this.findings = [];
    this.chosen = -1;
    this.watch();
  }

  watch() {
    this.observer = new ResizeObserver(() => (this.fitted ? this.fit() : this.draw()));
    this.observer.observe(this.node);
    this.node.addEventListener('wheel', (event) => {
      event.preventDefault();
      const area = this.node.getBoundingClientRect();
      const turn = Math.max(-100, Math.min(100, event.deltaY));
      this.zoom(Math.exp(-turn / 300), event.clientX - area.left, event.clientY - area.top);
    }, { passive: false });
    this.node.addEventListener('pointerdown', (event) => {
      if (event.button === 0) {
        this.drag = { x: event.clientX, y: event.clientY };
        this.node.setPointerCapture(event.pointerId);
      }
    });
    this.node.addEventListener('pointermove', (event) => {
      if (this.drag) {
        this.at.x += event.clientX - this.drag.x;
        this.at.y += event.clientY - this.drag.y;
        this.drag = { x: event.clientX, y: event.clientY };
        this.fitted = false;
        this.draw();
      }
    });
    const release = () => { this.drag = null; };
    this.node.addEventListener('pointerup', release);
    this.node.addEventListener('pointercancel', release);
    this.node.addEventListener('dblclick', () => this.fit());
  }

  show(hit) {
    this.hit = hit;
    this.chosen = -1;
    this.findings = hit.findings;
    this.size = { width: hit.image.width || 1, height: hit.image.height || 1 };
    this.image = el('img', { alt: '', draggable: 'false', src: api.photo(hit.image.sha256, 1600) });
    this.image.addEventListener('error', () => this.explain(hit.image.sha256));
    this.large = false;
    this.overlay = document.createElementNS(svg, 'svg');
    this.overlay.setAttribute('viewBox', `0 0 ${this.size.width} ${this.size.height}`);
    this.overlay.setAttribute('preserveAspectRatio', 'none');
    this.sheet.replaceChildren(this.image, this.overlay);
    this.tags.replaceChildren();
    this.findings.forEach((finding, index) => this.outline(finding, index));
    this.fit();
  }

  outline(finding, index) {
    const corners = finding.quad.map((point) => point.join(',')).join(' ');
    for (const name of ['halo', 'line']) {
      const polygon = document.createElementNS(svg, 'polygon');
      polygon.setAttribute('points', corners);
      polygon.setAttribute('class', `${name} ${finding.kind}`);
      polygon.dataset.finding = String(index);
      this.overlay.append(polygon);
    }
    this.tags.append(el('div', { class: `tag ${finding.kind}`, 'data-finding': index },
      inert(finding.model || finding.brand || finding.text), ` ${score(finding.score)}`));
  }

  async explain(sha256) {
    let reason = '';
    try {
      const response = await fetch(api.photo(sha256, 1600));
      reason = (await response.json()).error.message;
    } catch {
      reason = this.hit.image.problem;
    }
    this.sheet.replaceChildren();
    this.tags.replaceChildren(el('p', { class: 'broken' }, t('cannot_show', { reason })));
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.node;
    const scale = Math.min(width / this.size.width, height / this.size.height) * 0.98 || 1;
    this.at = {
      scale,
      x: (width - this.size.width * scale) / 2,
      y: (height - this.size.height * scale) / 2,
    };
    this.fitted = true;
    this.chosen = -1;
    this.draw();
  }

  zoom(factor, x = this.node.clientWidth / 2, y = this.node.clientHeight / 2) {
    const whole = Math.min(this.node.clientWidth / this.size.width,
      this.node.clientHeight / this.size.height);
    const scale = Math.max(whole / 2, Math.min(Math.max(max_scale, whole), this.at.scale * factor));
    const real = scale / this.at.scale;
    this.at = { scale, x: x - (x - this.at.x) * real, y: y - (y - this.at.y) * real };
    this.fitted = false;
    this.draw();
  }

  /** Brings one finding close; without an index, the next in turn. Returns which it is. */
  look(index = (this.chosen + 1) % Math.max(1, this.findings.length)) {
    const finding = this.findings[index];
    if (!finding) {
      return undefined;
    }
    const [x, y, width, height] = finding.box;
    const { clientWidth, clientHeight } = this.node;
    const scale = Math.min(clientWidth / Math.max(width, 8) / 2.2,
      clientHeight / Math.max(height, 8) / 2.2, max_scale);
    this.at = {
      scale,
      x: clientWidth / 2 - (x + width / 2) * scale,
      y: clientHeight / 2 - (y + height / 2) * scale,
    };
    this.fitted = false;
    this.chosen = index;
    this.draw();
    return index;
  }

  point_out(index) {
    for (const node of this.node.querySelectorAll('[data-finding]')) {
      node.classList.toggle('pointed', Number(node.dataset.finding) === index);
    }
  }

  toggle_boxes() {
    this.node.classList.toggle('bare');
  }

  draw() {
    const { x, y, scale } = this.at;
    this.sheet.style.width = `${this.size.width}px`;
    this.sheet.style.height = `${this.size.height}px`;
    this.sheet.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
    const longest = Math.max(this.size.width, this.size.height);
    if (!this.large && longest > 1600 && longest * scale * devicePixelRatio > 1900 && this.hit) {
      this.large = true;
      this.image.src = api.photo(this.hit.image.sha256, 4096);
    }
    this.place_tags();
  }

  place_tags() {
    const { x, y, scale } = this.at;
    for (const tag of this.tags.querySelectorAll('.tag')) {
      const { quad } = this.findings[Number(tag.dataset.finding)];
      const left = Math.min(...quad.map((point) => point[0])) * scale + x;
      const top = Math.min(...quad.map((point) => point[1])) * scale + y;
      tag.style.transform = `translate(${Math.round(left)}px, ${Math.round(top - 20)}px)`;
    }
  }
}
