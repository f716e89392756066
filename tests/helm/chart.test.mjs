// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { judged, newAjv } from './cluster.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '../..');
const CHART = join(ROOT, 'deploy/helm/turnkey');
const SETS = ['least', 'builtin', 'clustered'];
const BROUGHT = ['database-ca', 'database-admin', 'mqtt-ca', 'devices-ca', 'devices-tls', 'proxy-tls', 'site-tls', 'brought-registry'];
const temporary = mkdtempSync(join(tmpdir(), 'turnkey-helm-'));
const valuesOf = (set) => parse(readFileSync(join(HERE, `values/${set}.yaml`), 'utf8'));

function fileOf(value, name) {
  const path = join(temporary, `${name}.yaml`);
  writeFileSync(path, stringify(value));
  return path;
}

function rendered(paths, found, release = 'demo') {
  const words = [CHART, release, 'shop', ...paths, ...(found ? ['-found', fileOf({ items: found }, 'found')] : [])];
  const files = JSON.parse(execFileSync(process.env.TURNKEY_RENDER, words, { maxBuffer: 1 << 24 }));
  const objects = [];
  for (const [name, text] of Object.entries(files)) {
    if (!name.endsWith('.yaml')) continue;
    for (const document of parseAllDocuments(text, { uniqueKeys: true })) {
      assert.deepEqual(document.errors, [], name);
      if (document.toJS() !== null) objects.push(document.toJS());
    }
  }
  return { objects, notes: files['NOTES.txt'] };
}

const setsOf = new Map(SETS.map((set) => [set, rendered([join(HERE, `values/${set}.yaml`)])]));
const podOf = (object) => object.spec?.template?.spec;
const containersOf = (object) => podOf(object).containers;
const workloads = (set) => setsOf.get(set).objects.filter(podOf);
const labelled = (pod, selector) => Object.entries(selector).every(([key, value]) => pod.spec.template.metadata.labels[key] === value);
const each = (body) => SETS.forEach((set) => body(set, setsOf.get(set).objects));
const envOf = (container) => Object.fromEntries((container.env ?? []).map((one) => [one.name, one.value ?? '']));

function settingsOf(name) {
  const sources = ['libs/service/settings.cpp', `services/${name}/config.cpp`].map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
  return new Set([...sources.matchAll(/in\.(\w+)\(\s*"(TURNKEY_\w+)"/g)].map(([, kind, setting]) => (kind === 'secret' ? `${setting}_FILE` : setting)));
}

test('the Helm chart refuses values that it does not know', () => {
  const accepts = newAjv().compile(JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')));
  const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));
  assert.ok(accepts(defaults), JSON.stringify(accepts.errors));
  for (const set of SETS) assert.ok(accepts(valuesOf(set)), `${set}: ${JSON.stringify(accepts.errors)}`);
  const wrong = [{ hots: 'x' }, { registry: { replicas: 0 } }, { database: { sslmode: 'prefer' } }, { mqtt: { kind: 'emqx' } }, { broker: { builtin: { enabled: 'yes' } } },
    { host: 'a b' }, { host: 'x"\ny: z' }, { telemetryIngest: { spool: { size: 'much' } } }, { proxy: { trustedProxies: ['everybody'] } }, { logLevel: 'loud' }, { branding: { colour: 'red' } }, { branding: { configMap: 'a b' } }, { database: { host: 'h password=x' } }];
  for (const one of wrong) assert.ok(!accepts(one), JSON.stringify(one));
});

test('every value of the Helm chart is in its schema, and the other way round', () => {
  const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
  const walk = (value, form, path) => {
    const shape = form.$ref ? schema.definitions[form.$ref.split('/').pop()] : form;
    if (!shape.properties) return;
    const names = Object.keys(shape.properties).filter((name) => name !== 'global');
    assert.deepEqual(names.filter((name) => !(name in value) && name !== 'limits').sort(), [], `${path}: not in values.yaml`);
    for (const name of names) if (name in value) walk(value[name], shape.properties[name], `${path}.${name}`);
  };
  walk(parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')), schema, '');
});

test('the Helm chart says what is missing', () => {
  const without = { host: /host is needed/, 'database.host': /database\.host is needed/, 'mqtt.host': /mqtt\.host is needed/,
    'database.ca': /database\.ca\.secret is needed/, 'mqtt.ca': /mqtt\.ca\.secret is needed/, 'database.setup': /database\.setup\.secret is needed/ };
  for (const [name, sentence] of Object.entries(without)) {
    const value = valuesOf('least');
    const [outer, inner] = name.split('.');
    if (inner) delete value[outer][inner]; else delete value[outer];
    const done = spawnSync(process.env.TURNKEY_RENDER, [CHART, 'demo', 'shop', fileOf(value, 'without')], { encoding: 'utf8' });
    assert.notEqual(done.status, 0, name);
    assert.match(done.stderr, sentence);
  }
});

test('every object of the Helm chart is one that Kubernetes knows, field by field', () => {
  assert.notDeepEqual(judged({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' }, spec: { prots: [] } }), []);
  each((set, objects) => {
    for (const object of objects) assert.deepEqual(judged(object), [], `${set}: ${object.kind} ${object.metadata.name}`);
  });
});

test('objects of the Helm chart have names of their own', () => {
  each((set, objects) => {
    const names = objects.map((object) => `${object.kind} ${object.metadata.name}`);
    assert.equal(new Set(names).size, names.length, set);
    for (const object of objects) assert.ok(object.metadata.name.length <= 63, object.metadata.name);
  });
});

test('S25: pods of the Helm chart have no rights', () => {
  const users = Object.fromEntries([...readFileSync(join(ROOT, 'deploy/docker/Dockerfile'), 'utf8').matchAll(/AS (\S+)\n(?:(?!FROM)[^])*?useradd --uid (\d+)/g)].map(([, target, uid]) => [target, Number(uid)]));
  each((set) => {
    for (const object of workloads(set)) {
      const pod = podOf(object);
      assert.equal(pod.automountServiceAccountToken, false);
      assert.equal(pod.securityContext.runAsNonRoot, true);
      assert.equal(pod.securityContext.seccompProfile.type, 'RuntimeDefault');
      for (const flag of ['hostNetwork', 'hostPID', 'hostIPC']) assert.equal(pod[flag], undefined);
      const target = containersOf(object)[0].image.match(/turnkey-([a-z-]+):/)[1];
      assert.equal(pod.securityContext.runAsUser, users[target], `${object.metadata.name} runs as the user that its image has`);
      for (const container of [...containersOf(object), ...(pod.initContainers ?? [])]) {
        assert.deepEqual(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
      }
      for (const volume of pod.volumes) assert.equal(volume.hostPath, undefined);
    }
  });
});

test('containers of the Helm chart have limits, and those that stay are looked after', () => {
  each((set) => {
    for (const object of workloads(set)) {
      for (const container of containersOf(object)) {
        assert.ok(container.resources.requests.cpu && container.resources.requests.memory && container.resources.limits.memory, container.name);
        if (object.kind === 'Job') continue;
        const ports = container.ports.map((port) => port.name);
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          const { httpGet, tcpSocket, exec } = container[probe];
          assert.ok(exec ?? ports.includes((httpGet ?? tcpSocket).port), `${container.name}: ${probe}`);
        }
      }
    }
  });
});

test('the services of the Helm chart are asked at /healthz and /readyz', () => {
  for (const name of ['registry', 'provisioning', 'telemetry-ingest', 'experience-gateway']) {
    const [container] = workloads('least').filter((object) => object.metadata.name.endsWith(name)).map((object) => containersOf(object)[0]);
    assert.deepEqual([container.startupProbe, container.livenessProbe, container.readinessProbe].map((probe) => probe.httpGet.path), ['/healthz', '/healthz', '/readyz']);
  }
});

test('the Helm chart sets what programs read, and nothing else', () => {
  each((set, objects) => {
    const common = objects.find((object) => object.kind === 'ConfigMap').data;
    const entry = readFileSync(join(ROOT, 'deploy/docker/bin/service'), 'utf8');
    for (const object of workloads(set)) {
      const [container] = containersOf(object);
      const name = container.name;
      if (!container.envFrom) {
        for (const setting of Object.keys(envOf(container))) assert.ok(readFileSync(join(ROOT, 'deploy/docker/bin', name), 'utf8').includes(setting), `${name}: ${setting}`);
        continue;
      }
      const read = settingsOf(name);
      for (const setting of Object.keys({ ...common, ...envOf(container) }).filter((one) => one.startsWith('TURNKEY_')))
        assert.ok(read.has(setting) || entry.includes(`$${setting}`) || setting in common, `${name} does not read ${setting}`);
      for (const setting of Object.keys(common)) assert.ok([...'registry provisioning telemetry-ingest experience-gateway'.split(' ')].some((one) => settingsOf(one).has(setting)) || entry.includes(`$${setting}`), setting);
      const given = new Set([...Object.keys(common), ...Object.keys(envOf(container)), ...[...entry.matchAll(/TURNKEY_\w+(?==)/g)].map(([one]) => one)]);
      const left = [...read].filter((setting) => !given.has(setting) && !/TURNKEY_(LABEL_FONT_FOLDER|LABEL_LOGO_FILE|MQTT_CA_FILE|BACKUP_METRICS_FILE)$/.test(setting) && !(name === 'experience-gateway' && setting.startsWith('TURNKEY_DATABASE')));
      assert.deepEqual(left, [], `${name}: settings that the chart cannot say`);
    }
  });
});

test('what the Helm chart mounts is there', () => {
  each((set, objects) => {
    const secrets = new Map(objects.filter((object) => object.kind === 'Secret').map((object) => [object.metadata.name, object.data]));
    const maps = objects.filter((object) => object.kind === 'ConfigMap').map((object) => object.metadata.name);
    for (const object of workloads(set)) {
      const pod = podOf(object);
      const claims = (object.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name);
      for (const container of containersOf(object)) {
        for (const mount of container.volumeMounts) assert.ok([...claims, ...pod.volumes.map((volume) => volume.name)].includes(mount.name), mount.name);
        for (const source of container.envFrom ?? []) assert.ok(maps.includes(source.configMapRef.name));
        const files = Object.entries({ ...envOf(container) }).filter(([name, value]) => name.endsWith('_FILE') && value.startsWith('/secrets/'));
        for (const [, path] of files) assert.ok(pod.volumes.find((volume) => volume.name === 'secrets').secret.items.some((item) => `/secrets/${item.path}` === path), path);
      }
      const wanted = pod.volumes.flatMap((volume) => [...(volume.secret ? [{ name: volume.secret.secretName, items: volume.secret.items }] : []), ...(volume.projected?.sources ?? []).map((source) => source.secret)]);
      for (const { name, items } of wanted) {
        if (BROUGHT.includes(name) || set === 'clustered') continue;
        assert.ok(secrets.has(name), `${set}: ${object.metadata.name} wants ${name}`);
        for (const item of items) assert.ok(item.key in secrets.get(name), `${name} has no ${item.key}`);
      }
    }
  });
});

test('the Helm chart mounts logo and theme into the gateway alone, and only where a ConfigMap has them', () => {
  each((set, objects) => {
    for (const object of objects.filter(podOf)) {
      const [container] = containersOf(object);
      const mounted = container.volumeMounts.some((mount) => mount.mountPath === '/branding');
      assert.equal(mounted, set === 'builtin' && container.name === 'experience-gateway', `${set}: ${container.name}`);
      if (container.name === 'experience-gateway') assert.equal(envOf(container).TURNKEY_BRANDING_DIR, mounted ? '/branding' : '');
      if (mounted) assert.equal(podOf(object).volumes.find((volume) => volume.name === 'branding').configMap.name, 'our-look');
    }
  });
});

test('services, scaling and policies of the Helm chart find their pods', () => {
  each((set, objects) => {
    for (const object of objects) {
      const name = `${set}: ${object.kind} ${object.metadata.name}`;
      const selector = { Service: object.spec?.selector, PodDisruptionBudget: object.spec?.selector?.matchLabels, NetworkPolicy: object.spec?.podSelector?.matchLabels }[object.kind];
      const found = selector ? workloads(set).filter((pod) => labelled(pod, selector)) : [];
      if (selector && !(object.metadata.name.endsWith('setup-database') && set === 'clustered')) assert.equal(found.length, 1, name);
      if (object.kind === 'Service') for (const port of object.spec.ports) assert.ok(containersOf(found[0]).some((one) => one.ports.some((port_) => port_.name === port.targetPort)), `${name} ${port.name}`);
      if (object.kind === 'HorizontalPodAutoscaler') {
        const { kind, name: target } = object.spec.scaleTargetRef;
        const scaled = objects.find((one) => one.kind === kind && one.metadata.name === target);
        assert.equal(scaled.spec.replicas, undefined, `${name}: two would set the replicas`);
      }
      if (object.spec?.selector?.matchLabels && podOf(object)) assert.ok(labelled(object, object.spec.selector.matchLabels), name);
    }
  });
});

test('the registry alone may reach the receivers of webhooks, on the ports of the values', () => {
  const value = valuesOf('builtin');
  value.networkPolicy = { ...value.networkPolicy, webhookPorts: [443, 8443] };
  const policies = rendered([fileOf(value, 'webhooks')]).objects.filter((object) => object.kind === 'NetworkPolicy');
  const open = (policy, port) => policy.spec.egress.some((rule) => !rule.to && rule.ports.some((one) => one.port === port));
  for (const port of [443, 8443]) assert.deepEqual(policies.filter((policy) => open(policy, port)).map((policy) => policy.metadata.name), ['demo-turnkey-registry']);
});

test('images of the Helm chart are targets of the Dockerfile', () => {
  const targets = [...readFileSync(join(ROOT, 'deploy/docker/Dockerfile'), 'utf8').matchAll(/ AS (\S+)/g)].map(([, target]) => target);
  each((set) => workloads(set).forEach((object) => containersOf(object).forEach((container) => assert.ok(targets.includes(container.image.match(/turnkey-([a-z-]+):\S+$/)[1]), container.image))));
});

test('the names of the Helm chart fit, whatever the release is called', () => {
  const { objects } = rendered([join(HERE, 'values/least.yaml')], undefined, 'a-release-with-a-name-that-is-as-long-as-helm-allows1');
  for (const object of objects.filter(podOf)) assert.ok(`${object.metadata.name}-0123456789-abcde`.length <= 64, object.metadata.name);
});

test('S1: secrets of the Helm chart are made for each installation, and kept', () => {
  const path = join(HERE, 'values/builtin.yaml');
  const decoded = (object) => Object.fromEntries(Object.entries(object.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  const secretsOf = (one) => one.objects.filter((object) => object.kind === 'Secret');
  const first = secretsOf(rendered([path]));
  const second = secretsOf(rendered([path]));
  for (const [i, object] of first.entries()) assert.notDeepEqual(object.data, second[i].data, object.metadata.name);
  assert.deepEqual(secretsOf(rendered([path], first)), [], 'what is complete is left alone');
  const registry = first.find((object) => object.metadata.name.endsWith('-registry'));
  const { 'registry-seal': taken, ...left } = registry.data;
  const completed = secretsOf(rendered([path], first.map((object) => (object === registry ? { ...object, data: left } : object))));
  assert.deepEqual(completed.map((object) => object.metadata.name), [registry.metadata.name]);
  assert.notEqual(completed[0].data['registry-seal'], taken);
  assert.deepEqual({ ...completed[0].data, 'registry-seal': taken }, registry.data);
  const values = first.flatMap((object) => Object.entries(decoded(object)).filter(([key]) => /password$|seal|token/.test(key)).map(([, value]) => value));
  assert.equal(new Set(values).size, values.length);
  for (const value of values) assert.ok(value.length >= 32);
  const shown = JSON.stringify(rendered([path], first).objects.filter((object) => object.kind !== 'Secret')) + rendered([path], first).notes;
  for (const value of values) assert.ok(!shown.includes(value));
});

test('while a secret of the Helm chart is rotated the broker gets the newer password of a service, and both of the database', () => {
  const path = join(HERE, 'values/builtin.yaml');
  const text = (value) => Buffer.from(value, 'base64').toString();
  const base64 = (value) => Buffer.from(value).toString('base64');
  const secretsOf = (one) => one.objects.filter((object) => object.kind === 'Secret');
  const first = secretsOf(rendered([path]));
  const [older, newer] = ['o'.repeat(64), 'n'.repeat(64)];
  const begun = first.map((object) => ({ ...object, data: Object.fromEntries(Object.entries(object.data).map(([key, value]) => [key, key.endsWith('-password') ? base64(`${older}\n${newer}\n`) : value])) }));
  const changed = secretsOf(rendered([path], begun));
  assert.deepEqual(changed.map((object) => object.metadata.name), [first.find((object) => object.metadata.name.endsWith('-broker')).metadata.name], 'the others are as they should be');
  const hash = createHash('sha256').update(newer).digest('hex');
  assert.equal(text(changed[0].data['broker-services']), ['experience-gateway', 'provisioning', 'registry', 'telemetry-ingest'].map((name) => `${name}:${hash}\n`).join(''));
  assert.deepEqual(text(changed[0].data['broker-database']).match(/password=\w+/g), [`password=${older}`, `password=${newer}`]);
});

test('the setting of the broker is one that the services know', () => {
  const known = readFileSync(join(ROOT, 'libs/service/settings.cpp'), 'utf8');
  each((set, objects) => assert.ok(known.includes(`"${objects.find((object) => object.kind === 'ConfigMap').data.TURNKEY_BROKER}"`), set));
});

test.after(() => rmSync(temporary, { recursive: true }));
