{{- define "wws.selector" -}}
app.kubernetes.io/name: wws
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wws.metadata" -}}
name: {{ .Release.Name }}
labels:
  {{- include "wws.selector" . | nindent 2 }}
{{- end }}
