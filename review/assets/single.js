// One hit: the photo, why it was flagged, what the post says, what was decided.

import * as api from '/assets/api.js';
import { bytes, el, inert, quote, score, time } from '/assets/text.js';
import { language, t } from '/assets/messages.js';
import { Stage } from '/assets/stage.js';

const buttons = [
  { command: 'confirm', label: 'confirm', key: 'C', state: 'confirmed' },
  { command: 'reject', label: 'reject', key: 'R', state: 'rejected' },
  { command: 'unsure', label: 'not_sure', key: 'U', state: 'unsure' },
];

function section(name, ...content) {
  return el('section', {}, el('h2', {}, t(name)), ...content);
}

function copy_button(text) {
  const button = el('button', { type: 'button', class: 'small' }, t('copy'));
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = t('copied');
    } catch {
      button.textContent = t('copy_failed');
    }
  });
  return button;
}

function fact(name, ...content) {
  return [el('dt', {}, t(name)), el('dd', {}, ...content)];
}

/** What to mark in the post: names found on the photo, and what was searched for. */
function terms_of(hit, searched) {
  const found = hit.findings.flatMap((finding) => [finding.brand, finding.model, finding.text]);
  return [...found, searched].filter(Boolean);
}

function best_of(findings) {
  return findings.reduce((best, each, index) => (
    each.score > findings[best].score ? index : best), 0);
}

function head_of(finding) {
  return [
    el('span', { class: 'swatch', 'aria-hidden': 'true' }),
    el('span', { class: 'mark' }, inert(finding.model || finding.brand || finding.text)),
    el('span', { class: 'kind' }, t(`kind_${finding.kind}`)),
    el('meter', { min: 0, max: 1, value: finding.score, 'aria-hidden': 'true' }),
    el('span', { class: 'number' }, score(finding.score))];
}

function figure(kind, picture, caption) {
  return el('figure', { class: kind }, picture, el('figcaption', {}, caption));
}

function place_of(finding) {
  const image = el('img', { alt: '', src: api.place(finding.id) });
  image.addEventListener('error', () => image.replaceWith(
    el('p', { class: 'broken' }, t('no_place'))));
  return figure('place', image, t('place_upright'));
}

function reference_of(finding) {
  if (finding.reference_picture) {
    return figure('reference', el('img', { alt: '', src: api.reference(finding.id) }),
      [t('reference_mark'), ' ', quote(finding.reference)]);
  }
  return finding.reference_spelling ? figure('reference',
    el('div', {
      class: finding.reference_spelling.length > 8 ? 'spelling long' : 'spelling', lang: '',
    }, quote(finding.reference_spelling)),
    t('reference_spelling')) : null;
}

/** Parts have English names in the store; what has no translation is shown as it is. */
function part_name(name) {
  const key = `part ${name}`;
  const text = t(key);
  return text === key ? quote(name) : text;
}

function parts_of(finding) {
  if (finding.parts.length === 0) {
    return null;
  }
  return el('table', { class: 'parts' },
    el('tbody', {}, finding.parts.map((part) => el('tr', {},
      el('th', { scope: 'row' }, part_name(part.name)),
      el('td', {}, String(Number(part.value.toPrecision(3))))))),
    el('tfoot', {}, el('tr', {}, el('th', { scope: 'row' }, t('score')),
      el('td', {}, score(finding.score)))));
}

function explained(finding) {
  const turned = finding.rotation ? t('turned', { degrees: finding.rotation }) : null;
  const scale = finding.scale > 0 && finding.scale !== 1
    ? t('seen_at', { scale: Number(finding.scale.toPrecision(3)) }) : null;
  const how = [turned, scale].filter(Boolean).join(' · ');
  return [
    el('div', { class: 'compare' }, place_of(finding), reference_of(finding)),
    parts_of(finding),
    how ? el('p', { class: 'because' }, how) : null].filter(Boolean);
}

export class Single {
  constructor(act) {
    this.act = act;
    this.stage = new Stage();
    this.tools = el('div', { class: 'tools' });
    this.panel = el('aside', { class: 'panel', tabindex: '0', 'aria-label': t('post') });
    this.node = el('section', { class: 'single' },
      el('div', { class: 'left' }, this.tools, this.stage.node), this.panel);
  }

  show(hit, where, searched) {
    this.hit = hit;
    this.where(where);
    this.stage.node.setAttribute('aria-label',
      hit.findings.map((finding) => `${finding.model || finding.brand} ${score(finding.score)}`)
        .join(', '));
    this.stage.show(hit);
    const terms = terms_of(hit, searched);
    this.panel.replaceChildren(...[
      el('h1', { class: 'title' }, quote(hit.title, terms)),
      this.verdicts(hit),
      this.why(hit),
      this.gone(hit),
      this.post(hit, terms),
      this.facts(hit),
      this.price_history(hit),
      this.decisions(hit),
      this.others(hit),
      this.evidence(hit)].flat().filter(Boolean));
    if (hit.findings.length > 0) {
      this.explain(best_of(hit.findings));
    }
    this.panel.scrollTop = 0;
  }

  where({ index, total }) {
    const button = (command, label, sign) => el('button', {
      type: 'button', title: t(label), 'aria-label': t(label),
      onclick: () => this.act.command(command),
    }, sign);
    this.tools.replaceChildren(
      button('grid', 'back', '▦'), button('previous', 'previous', '←'),
      button('next', 'next', '→'),
      el('span', { class: 'position' }, index > 0 ? t('position', { index, total }) : ''),
      el('span', { class: 'gap' }),
      button('zoom_out', 'key_zoom_out', '−'), button('fit', 'key_fit', '⤢'),
      button('zoom_in', 'key_zoom_in', '+'), button('finding', 'key_finding', '◎'),
      button('boxes', 'key_boxes', '▢'));
  }

  verdicts(hit) {
    return el('div', { class: 'verdicts' },
      buttons.map(({ command, label, key, state }) => el('button', {
        type: 'button', class: `verdict ${state}`, 'aria-pressed': String(hit.state === state),
        onclick: () => this.act.command(command),
      }, t(label), ' ', el('kbd', {}, key))),
      el('button', { type: 'button', class: 'verdict', onclick: () => this.act.command('undo') },
        t('undo'), ' ', el('kbd', {}, 'Z')));
  }

  why(hit) {
    if (hit.findings.length === 0) {
      return section('why', el('p', { class: 'faint' }, t('no_findings')),
        el('ul', {}, hit.reasons.map((reason) => el('li', {}, inert(reason)))));
    }
    this.slots = hit.findings.map(() => el('div', { class: 'explained' }));
    this.heads = hit.findings.map((finding, index) => el('button', {
      type: 'button', class: `finding ${finding.kind}`, 'aria-expanded': 'false',
      onclick: () => this.look(index),
      onmouseenter: () => this.stage.point_out(index),
      onmouseleave: () => this.stage.point_out(-1),
    }, ...head_of(finding)));
    const rows = hit.findings.map((finding, index) => el('li', {}, this.heads[index],
      el('p', { class: 'because' }, finding.text
        ? el('bdi', {}, inert(t('read_as', { text: finding.text }))) : null,
      finding.text && finding.why ? ' · ' : null,
      finding.why ? quote(finding.why) : null), this.slots[index]));
    return section('why',
      hit.withdrawn_at ? el('p', { class: 'note' }, t('no_longer_found')) : null,
      hit.detection.copied_from ? el('p', { class: 'note' }, t('copied_from', {
        photo: hit.detection.copied_from.sha256.slice(0, 16),
        bits: hit.detection.copied_from.distance,
      })) : null,
      el('ul', { class: 'findings' }, rows));
  }

  /** Brings one finding close and explains it; without an index, the next in turn. */
  look(index) {
    const now = this.stage.look(index);
    if (now !== undefined) {
      this.explain(now);
    }
  }

  /** The place, what it was compared with and the numbers stand under one finding at a time. */
  explain(index) {
    this.slots.forEach((slot, each) => {
      slot.replaceChildren(...each === index ? explained(this.hit.findings[each]) : []);
      this.heads[each].setAttribute('aria-expanded', String(each === index));
    });
  }

  gone(hit) {
    if (hit.gone_findings.length === 0) {
      return null;
    }
    const rows = hit.gone_findings.map((finding) => {
      const slot = el('div', { class: 'explained' });
      const head = el('button', {
        type: 'button', class: `finding ${finding.kind}`, 'aria-expanded': 'false',
        onclick: () => {
          const open = slot.childElementCount > 0;
          slot.replaceChildren(...open ? [] : [el('div', { class: 'compare' }, place_of(finding))]);
          head.setAttribute('aria-expanded', String(!open));
        },
      }, ...head_of(finding));
      return el('li', {}, head, el('p', { class: 'because' }, finding.text
        ? [el('bdi', {}, inert(t('read_as', { text: finding.text }))), ' · '] : null,
      t('found_by', { detector: finding.detector, time: time(finding.at) })), slot);
    });
    return section('gone_findings', el('ul', { class: 'findings gone' }, rows));
  }

  post(hit, terms) {
    return section('post', hit.text
      ? el('div', { class: 'text', dir: 'auto', lang: '' }, inert(hit.text, terms))
      : el('p', { class: 'faint' }, t('no_text')));
  }

  facts(hit) {
    const author = hit.author.name || hit.author.id;
    const published = hit.published.utc
      ? time(hit.published.utc) : hit.published.raw;
    return el('dl', { class: 'facts' },
      fact('price', hit.price.raw ? quote(hit.price.raw) : '–'),
      fact('source', quote(hit.source)),
      author ? fact('author', quote(author)) : null,
      hit.location ? fact('place', quote(hit.location)) : null,
      published ? fact('published', el('span', { title: hit.published.raw }, quote(published))) : null,
      fact('captured', time(hit.page.requested_at)),
      fact('last_seen', time(hit.last_seen)),
      hit.gone_at ? fact('gone', time(hit.gone_at)) : null,
      fact('address', el('code', { class: 'address' }, quote(hit.url)), ' ', copy_button(hit.url)),
      fact('photo', t('photo_facts', {
        width: hit.image.width, height: hit.image.height, bytes: bytes(hit.image.bytes),
      })),
      fact('detector', el('code', {}, quote(hit.detection.detector))),
      fact('sha256', el('code', {}, hit.image.sha256.slice(0, 16), '…'), ' ',
        copy_button(hit.image.sha256)));
  }

  price_history(hit) {
    if (hit.versions.length < 2) {
      return null;
    }
    const rows = hit.versions.map((version, index) => el('li', {},
      el('time', {}, time(version.seen_at)), ' ',
      el('span', { class: 'price' }, quote(version.price.raw)), ' ',
      el('span', { class: 'faint' }, index === 0 ? t('first_seen')
        : t('changed', { fields: version.changed.join(', ') }))));
    return section('history', el('ol', { class: 'history' }, rows));
  }

  decisions(hit) {
    if (hit.decisions.length === 0) {
      return section('decisions', el('p', { class: 'faint' }, t('no_decisions')));
    }
    const undone = new Set(hit.decisions.map((decision) => decision.undoes).filter(Boolean));
    const words = { confirm: 'confirmed', reject: 'rejected', unsure: 'unsure' };
    const rows = hit.decisions.map((decision) => el('li', {
      class: undone.has(decision.id) ? 'undone' : null,
    },
      el('time', {}, time(decision.at)), ' ', quote(decision.reviewer), ': ',
      el('span', { class: `said ${words[decision.verdict] ?? ''}` },
        t(words[decision.verdict] ?? 'undid')),
      undone.has(decision.id) ? ` (${t('taken_back')})` : null,
      decision.note ? [' · ', quote(decision.note)] : null));
    return section('decisions', el('ol', { class: 'history' }, rows));
  }

  others(hit) {
    const stored = hit.images.filter((each) => each.image);
    const photos = stored.length > 1 ? section('other_photos',
      el('div', { class: 'strip' }, stored.map((each) => el('img', {
        alt: '', loading: 'lazy', src: api.photo(each.image.sha256, 320),
        class: each.image.sha256 === hit.image.sha256 ? 'current' : null,
      })))) : null;
    const same = hit.same_posts.length ? section('same_photo',
      el('ul', { class: 'same' }, hit.same_posts.map((post) => this.same_post(post)))) : null;
    return [photos, same];
  }

  same_post(post) {
    const { width, height } = post.image;
    return el('li', { class: post.gone_at ? 'vanished' : null },
      el('img', { alt: '', loading: 'lazy', src: api.photo(post.image.sha256, 320) }),
      el('div', {},
        el('p', { class: 'title' }, quote(post.title || post.url)),
        el('p', { class: 'faint' }, quote(post.source), ' · ',
          post.author ? [quote(post.author), ' · '] : null, time(post.first_seen),
          post.gone_at ? ` · ${t('gone')} ${time(post.gone_at)}` : null),
        el('p', { class: 'faint' }, post.exact ? t('same_bytes')
          : t('near_copy', { width, height, bits: post.distance })),
        el('p', {}, el('code', { class: 'address' }, quote(post.url)), ' ', copy_button(post.url),
          post.hit ? [' ', el('button', {
            type: 'button', class: 'small', onclick: () => this.act.open(post.hit),
          }, t('open_hit'))] : null)));
  }

  evidence(hit) {
    const links = [el('a', { href: api.original(hit.image.sha256), download: '' },
      t('download_photo'))];
    if (hit.page.sha256) {
      links.push(' · ', el('a', { href: api.page(hit.page.id), download: '' }, t('download_page')));
    }
    return section('evidence', el('p', { lang: language }, links));
  }
}
