{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- /* At most 26 characters: the name of a pod becomes an instance's name, which may have 64. */ -}}
{{- define "turnkey.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 26 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 26 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* What the programs are: their user in the image, their role in the database, the keys of their Secret. */ -}}
{{- define "turnkey.programs" -}}
registry: { values: registry, uid: 10001, role: turnkey_registry, keys: [mqtt-password, database-password, registry-seal, first-operator-token] }
provisioning: { values: provisioning, uid: 10002, role: turnkey_provisioning, keys: [mqtt-password, database-password] }
telemetry-ingest: { values: telemetryIngest, uid: 10003, role: turnkey_telemetry, keys: [mqtt-password, database-password] }
experience-gateway: { values: experienceGateway, uid: 10004, role: "", keys: [mqtt-password] }
{{- end -}}

{{- define "turnkey.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "turnkey.labels" -}}
{{ include "turnkey.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: turnkey
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- /* (dict "root" $ "component" NAME): metadata of an object that is called after its program. */ -}}
{{- define "turnkey.metadata" -}}
name: {{ include "turnkey.fullname" .root }}-{{ .component }}
labels:
  {{- include "turnkey.labels" . | nindent 2 }}
{{- end -}}

{{- define "turnkey.podMetadata" -}}
labels:
  {{- include "turnkey.labels" . | nindent 2 }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  checksum/settings: {{ include (print .root.Template.BasePath "/configmap.yaml") .root | sha256sum }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "turnkey.image" -}}
{{- $image := .root.Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.prefix }}{{ .target }}:{{ default .root.Chart.AppVersion $image.tag }}
{{- end -}}

{{- define "turnkey.secretName" -}}
{{- $key := .component | replace "-" "_" | camelcase | untitle -}}
{{- default (printf "%s-%s" (include "turnkey.fullname" .root) .component) (get .root.Values.secrets.names $key) -}}
{{- end -}}

{{- /* What every pod has: no rights, no key to the cluster, spread over machines and zones. */ -}}
{{- define "turnkey.podSettings" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .uid }}
  runAsGroup: {{ .uid }}
  fsGroup: {{ .uid }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .own.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .own.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "turnkey.selector" $ | nindent 8 }}
  {{- end }}
{{- end -}}

{{- define "turnkey.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{- /* Where services find the broker. */ -}}
{{- define "turnkey.mqttHost" -}}
{{- if .Values.broker.builtin.enabled -}}
{{ include "turnkey.fullname" . }}-broker.{{ .Release.Namespace }}.svc
{{- else -}}
{{- required "mqtt.host is needed, or broker.builtin.enabled" .Values.mqtt.host -}}
{{- end -}}
{{- end -}}

{{- define "turnkey.mqttTls" -}}
{{- if .Values.broker.builtin.enabled }}true{{ else }}{{ .Values.mqtt.tls }}{{ end -}}
{{- end -}}

{{- define "turnkey.databaseAddress" -}}
{{- $database := .Values.database -}}
host={{ required "database.host is needed" $database.host }} port={{ $database.port }} sslmode={{ $database.sslmode }}
{{- if $database.ca.secret }} sslrootcert=/tls/database-ca.crt
{{- else if hasPrefix "verify" $database.sslmode }}{{ fail "database.ca.secret is needed to verify the database's certificate" }}
{{- end -}}
{{- end -}}
