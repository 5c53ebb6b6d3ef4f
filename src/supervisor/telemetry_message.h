// The orders of a telemetry child: what is exported, and where to.
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "base/result.h"
#include "telemetry/settings.h"

namespace wws::supervisor {

/// The payload of MessageType::kService for it.
struct TelemetryMessage {
  telemetry::Settings settings;
  log::Settings logging{};
};

/// What it asks the supervisor, as kAsk: the metrics that this one knows, in the form of OTLP.
inline constexpr std::string_view kMetricsForOtlp = "otlp";

[[nodiscard]] std::string to_json(const TelemetryMessage& message);
/// kInternal: not what to_json wrote.
[[nodiscard]] Result<TelemetryMessage> parse_telemetry(std::string_view json);

}  // namespace wws::supervisor
