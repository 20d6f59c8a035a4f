// A JavaScript object lists keys that look like whole numbers first, whatever their place in the file.
// Matomo's lists are matched in file order, so the order is restored here, or refused.

export const isNumber = (key) => /^(0|[1-9][0-9]*)$/.test(key);

// Brands in Matomo's files that look like numbers, and the brand each follows there.
const FOLLOWS = { 360: 'Owwo', 8848: 'Transpeed' };

// The entries of a list that is keyed by brand, in file order.
export function restoredOrder(table, place, problem) {
  const entries = Object.entries(table).filter(([key]) => !isNumber(key));
  for (const key of Object.keys(table).filter(isNumber)) {
    const before = entries.findIndex(([name]) => name === FOLLOWS[key]);
    if (before < 0) problem(`${place}: the key ${key} looks like a number; its place in Matomo's file must be written down`);
    entries.splice(before + 1, 0, [key, table[key]]);
  }
  return entries;
}

const parts = (version) => version.split('.').map(Number);

// An engine's versions ascending, which is how Matomo's files have them.
export function versionOrder(versions, place, problem) {
  const entries = Object.entries(versions);
  for (const [key, name] of entries) {
    if (!/^[0-9]+(\.[0-9]+)*$/.test(key) || typeof name !== 'string') problem(`${place}: "${key}" is not an engine's version`);
  }
  return entries.sort(([left], [right]) => {
    const a = parts(left), b = parts(right);
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      if ((a[i] ?? -1) !== (b[i] ?? -1)) return (a[i] ?? -1) - (b[i] ?? -1);
    }
    return 0;
  });
}
