// How children that make a module's state are started: what compile and engine children have in common.
#pragma once

namespace wws::runtime {

/// The engine's code, and the image that a script begins from.
inline constexpr int kCodeDescriptor = 4;
inline constexpr int kBeginningDescriptor = 5;
/// The argument that stands for SourceLines::kShown.
inline constexpr const char* kWithLines = "lines";

}  // namespace wws::runtime
