import en from '/assets/messages.en.js';
import zh from '/assets/messages.zh.js';

const catalogues = { en, zh };

function choose() {
  const asked = new URLSearchParams(location.search).get('lang');
  const wanted = [asked, ...navigator.languages].filter(Boolean);
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0];
    if (Object.hasOwn(catalogues, language)) {
      return language;
    }
  }
  return 'en';
}

export const language = choose();

/** The message `key`, its {names} replaced. A key without a translation shows in English. */
export function t(key, values = {}) {
  const text = catalogues[language][key] ?? en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
