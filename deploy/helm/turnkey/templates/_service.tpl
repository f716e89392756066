{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- /* The pod of one of the services: (dict "root" $ "component" NAME "program" ENTRY "own" VALUES). */ -}}
{{- define "turnkey.servicePod" -}}
metadata:
  {{- include "turnkey.podMetadata" . | nindent 2 }}
spec:
  {{- include "turnkey.podSettings" (merge (dict "uid" .program.uid) .) | nindent 2 }}
  terminationGracePeriodSeconds: 30
  containers:
    - name: {{ .component }}
      image: {{ include "turnkey.image" (dict "root" .root "target" .component) }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      {{- include "turnkey.containerSecurity" . | nindent 6 }}
      envFrom:
        - configMapRef: { name: {{ include "turnkey.fullname" .root }}-settings }
      env:
        {{- include "turnkey.serviceEnv" . | nindent 8 }}
      ports:
        - { name: internal, containerPort: 9000 }
        {{- if eq .component "experience-gateway" }}
        - { name: http, containerPort: 8080 }
        {{- end }}
      startupProbe:
        httpGet: { path: /healthz, port: internal }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: internal }
        periodSeconds: 10
        timeoutSeconds: 4
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: internal }
        periodSeconds: 5
        timeoutSeconds: 4
      {{- if eq .component "experience-gateway" }}
      lifecycle:
        preStop:
          exec: { command: [sleep, "5"] } # until nothing is sent here any more
      {{- end }}
      resources:
        {{- toYaml .own.resources | nindent 8 }}
      volumeMounts:
        - { name: secrets, mountPath: /secrets, readOnly: true }
        - { name: tls, mountPath: /tls, readOnly: true }
        - { name: tmp, mountPath: /tmp }
        {{- if eq .component "telemetry-ingest" }}
        - { name: spool, mountPath: /data }
        {{- end }}
        {{- if include "turnkey.branded" . }}
        - { name: branding, mountPath: /branding, readOnly: true }
        {{- end }}
  volumes:
    - name: secrets
      secret:
        secretName: {{ include "turnkey.secretName" . }}
        defaultMode: 0440
        items:
          {{- range .program.keys }}
          - { key: {{ . }}, path: {{ . }} }
          {{- end }}
    - name: tls
      projected:
        defaultMode: 0444
        sources: {{- include "turnkey.authorities" .root | nindent 10 }}
    - name: tmp
      emptyDir: { medium: Memory, sizeLimit: 64Mi }
    {{- if include "turnkey.branded" . }}
    - name: branding
      configMap: { name: {{ .root.Values.branding.configMap }}, defaultMode: 0444 }
    {{- end }}
{{- end -}}

{{- /* Not empty for the one service that serves logo and theme, where there are some. */ -}}
{{- define "turnkey.branded" -}}
{{- if eq .component "experience-gateway" -}}{{- .root.Values.branding.configMap -}}{{- end -}}
{{- end -}}

{{- /* Certificates of authorities, as files below /tls. */ -}}
{{- define "turnkey.authorities" -}}
{{- $sources := list -}}
{{- if .Values.broker.builtin.enabled -}}
{{- $name := include "turnkey.secretName" (dict "root" . "component" "broker") -}}
{{- $sources = append $sources (dict "secret" (dict "name" $name "items" (list (dict "key" "inner-ca.crt" "path" "mqtt-ca.crt")))) -}}
{{- else if .Values.mqtt.ca.secret -}}
{{- $sources = append $sources (dict "secret" (dict "name" .Values.mqtt.ca.secret "items" (list (dict "key" .Values.mqtt.ca.key "path" "mqtt-ca.crt")))) -}}
{{- else if .Values.mqtt.tls -}}
{{- fail "mqtt.ca.secret is needed to verify the broker's certificate" -}}
{{- end -}}
{{- with .Values.database.ca -}}
{{- if .secret -}}{{- $sources = append $sources (dict "secret" (dict "name" .secret "items" (list (dict "key" .key "path" "database-ca.crt")))) -}}{{- end -}}
{{- end -}}
{{- with .Values.devices.ca -}}
{{- if .secret -}}{{- $sources = append $sources (dict "secret" (dict "name" .secret "items" (list (dict "key" .key "path" "ca.crt")))) -}}{{- end -}}
{{- end -}}
{{- toYaml $sources -}}
{{- end -}}

{{- define "turnkey.serviceEnv" -}}
- name: TURNKEY_INSTANCE
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
{{- if .program.role }}
- { name: TURNKEY_DATABASE, value: "{{ include "turnkey.databaseAddress" .root }} dbname=turnkey user={{ .program.role }}" }
- { name: TURNKEY_DATABASE_PASSWORD_FILE, value: /secrets/database-password }
{{- end }}
{{- if eq .component "registry" }}
- { name: TURNKEY_RPC_THREADS, value: {{ .own.rpcThreads | quote }} }
- { name: TURNKEY_SEAL_KEY_FILE, value: /secrets/registry-seal }
- { name: TURNKEY_FIRST_OPERATOR_TOKEN_FILE, value: /secrets/first-operator-token }
- { name: TURNKEY_DEVICE_BROKER_HOST, value: {{ default (ternary .root.Values.host .root.Values.mqtt.host .root.Values.broker.builtin.enabled) .root.Values.devices.host | quote }} }
- { name: TURNKEY_DEVICE_BROKER_PORT, value: {{ .root.Values.devices.port | quote }} }
- { name: TURNKEY_DEVICE_BROKER_TLS, value: {{ .root.Values.devices.tls | quote }} }
- { name: TURNKEY_WEBHOOK_HTTP, value: {{ .own.webhooks.http | quote }} }
- { name: TURNKEY_WEBHOOK_PRIVATE_ADDRESSES, value: {{ .own.webhooks.privateAddresses | quote }} }
{{- else if eq .component "provisioning" }}
- { name: TURNKEY_RPC_THREADS, value: {{ .own.rpcThreads | quote }} }
- { name: TURNKEY_DATABASE_SESSIONS, value: {{ .root.Values.database.provisioningSessions | quote }} }
{{- else if eq .component "telemetry-ingest" }}
- { name: TURNKEY_SPOOL_DIR, value: /data/spool }
- { name: TURNKEY_SPOOL_MAX_BYTES, value: {{ .own.spool.maxBytes | int64 | quote }} }
- { name: TURNKEY_RETENTION_DAYS, value: {{ .root.Values.retentionDays | quote }} }
{{- else }}
- { name: TURNKEY_HTTP_ADDRESS, value: 0.0.0.0 }
- { name: TURNKEY_HTTP_PORT, value: "8080" }
- { name: TURNKEY_HTTP_THREADS, value: {{ .own.httpThreads | quote }} }
- { name: TURNKEY_STREAMS, value: {{ .own.streams | quote }} }
- { name: TURNKEY_STREAMS_PER_ADDRESS, value: {{ .own.streamsPerAddress | quote }} }
# The network policy lets only the proxy in, whatever the cluster's ranges.
- { name: TURNKEY_TRUSTED_PROXIES, value: "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7" }
- { name: TURNKEY_CHECKED_PREFIXES, value: {{ .root.Values.checkedPrefixes | quote }} }
- { name: TURNKEY_PRODUCT_NAME, value: {{ .root.Values.productName | quote }} }
- { name: TURNKEY_BRANDING_DIR, value: {{ ternary "/branding" "" (ne (include "turnkey.branded" .) "") | quote }} }
- { name: TURNKEY_BRAND_COLOUR, value: {{ .root.Values.branding.colour | quote }} }
- { name: TURNKEY_BRAND_HIGHLIGHT, value: {{ .root.Values.branding.highlight | quote }} }
{{- end }}
{{- with .own.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
