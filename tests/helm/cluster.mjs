// SPDX-License-Identifier: Apache-2.0
// What Kubernetes says about objects: the schemas of its API, and of the Prometheus operator's, closed: a field that they do not
// name is an error, as `kubectl apply --validate=strict` has it.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

function closed(schema) {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const out = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  if (out.properties && out.additionalProperties === undefined && !out['x-kubernetes-preserve-unknown-fields']) out.additionalProperties = false;
  return out;
}

// Each package brings its own copy of the validator.
const validators = [import.meta.url, require.resolve('@kubernetes-models/prometheus-operator')].map((from) => {
  const entry = createRequire(from).resolve('@kubernetes-models/validate');
  return require(join(dirname(entry), 'ajv.js')).ajv;
});
for (const ajv of new Set(validators)) {
  const add = ajv.addSchema.bind(ajv);
  ajv.addSchema = (schema, id) => add(closed(schema), id);
}

const folders = { 'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1' };

/** Sentences about what is wrong with an object. */
export function judged(object) {
  const folder = folders[object.apiVersion] ?? `kubernetes-models/${object.apiVersion}`;
  let Model;
  try {
    Model = require(`${folder}/${object.kind}`)[object.kind];
  } catch {
    return [`${object.apiVersion} ${object.kind} is no kind of object`];
  }
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return (error.errors ?? [error]).filter((one) => one.keyword !== 'oneOf' && one.keyword !== 'type' || !one.schemaPath?.includes('oneOf/1'))
      .map((one) => `${one.instancePath ?? ''} ${one.message} ${JSON.stringify(one.params ?? '')}`);
  }
}

export const newAjv = () => new (require('ajv').default ?? require('ajv'))({ allErrors: true, strict: false });
