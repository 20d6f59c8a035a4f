// Whether a BigQuery subscription with "use table schema" would take a message, by the table in
// cloud.google.com/pubsub/docs/bigquery. `fields` is what print-schema --format bigquery prints.
//
//   const problem = problemOf(JSON.parse(message.data), fields);  // undefined, or what is wrong

const EXACT_MAX = 2 ** 53;

const isText = (value) => typeof value === 'string';
const isJson = (value) => {
  try {
    JSON.parse(value);
    return isText(value);
  } catch {
    return false;
  }
};

const CHECKS = {
  STRING: isText,
  INTEGER: (value) => (Number.isInteger(value) && Math.abs(value) <= EXACT_MAX) ||
    (isText(value) && /^-?\d{1,19}$/.test(value)),
  FLOAT: (value) => Number.isFinite(value),
  BOOLEAN: (value) => typeof value === 'boolean',
  DATE: (value) => isText(value) && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  TIMESTAMP: (value) => isText(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
  JSON: isJson,
};

function problemOfValue(value, field, path) {
  if (field.type === 'RECORD') return problemOf(value, field.fields, path);
  return CHECKS[field.type](value) ? undefined : `${path} is no ${field.type}: ${JSON.stringify(value)}`;
}

export function problemOf(object, fields, path = 'row') {
  if (object === null || typeof object !== 'object' || Array.isArray(object)) return `${path} is no object`;
  for (const [key, value] of Object.entries(object)) {
    const at = `${path}.${key}`;
    const field = fields.find(({ name }) => name === key);
    if (!field) return `${at} is no column`;
    if (field.mode !== 'REPEATED') {
      const problem = problemOfValue(value, field, at);
      if (problem) return problem;
      continue;
    }
    if (!Array.isArray(value)) return `${at} is no list`;
    for (const each of value) {
      const problem = problemOfValue(each, field, at);
      if (problem) return problem;
    }
  }
  return undefined;
}
