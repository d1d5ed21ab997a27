{{- define "httpreceiver.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/*
Name of every object: the release's name and the chart's, without saying the same twice: the releases `httpreceiver` and
`httpreceiver-operator` both give `httpreceiver-operator`. Leaves room for a suffix.
*/}}
{{- define "httpreceiver.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "httpreceiver.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else if hasPrefix (printf "%s-" .Release.Name) (include "httpreceiver.name" .) -}}
{{- include "httpreceiver.name" . -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "httpreceiver.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "httpreceiver.selectorLabels" -}}
app.kubernetes.io/name: {{ include "httpreceiver.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "httpreceiver.labels" -}}
{{ include "httpreceiver.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/component: operator
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "httpreceiver.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "httpreceiver.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Full image reference; called with (list $ image). */}}
{{- define "httpreceiver.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default $root.Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{/* What the operator may do: the table of its cluster.py, and a test compares the two. Bound everywhere or in each watched namespace. */}}
{{- define "httpreceiver.rules" -}}
# What users declare: the operator only reads it, and writes its status.
- apiGroups: [httpreceiver.dev]
  resources: [httpreceivers, receiverhosts]
  verbs: [list, watch]
- apiGroups: [httpreceiver.dev]
  resources: [httpreceivers/status, receiverhosts/status]
  verbs: [patch]
# What it makes, by server-side apply, and removes when it is no longer needed.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [services, secrets]
  verbs: [get, list, watch, create, patch, delete]
# Workflows, global variables and tables kept in a ConfigMap (workflowFrom, globalVariablesFrom and the like).
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get]
# Which pods serve what; an annotation makes the kubelet refresh their mounts at once.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch, patch]
- apiGroups: [""]
  resources: [events]
  verbs: [create]
{{- end -}}
