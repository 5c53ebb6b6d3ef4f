{{- define "wws.selector" -}}
app.kubernetes.io/name: wws
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "wws.metadata" -}}
name: {{ .Release.Name }}
labels:
  {{- include "wws.selector" . | nindent 2 }}
{{- end }}

{{- define "wws.probe" -}}
exec:
  command: [/usr/bin/wws, health, "http://127.0.0.1:8080"]
timeoutSeconds: 5
{{- end }}
