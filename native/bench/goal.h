#pragma once

#include <cstdio>
#include <string>

namespace earthshine::bench {

/// One line for one of the goals of the data plane: what was measured, the figure, the target and
/// whether it is met. With `why` the figure stands, but says nothing about the goal: the processor
/// or the library is another than the goal means.
inline void print_goal(int goal, const std::string& what, double figure, const char* unit,
                       bool at_least, double target, const char* why = nullptr) {
  const bool met = at_least ? figure >= target : figure <= target;
  const std::string verdict =
      why ? std::string("not measured: ") + why : (met ? "pass" : "FALLS SHORT");
  std::printf("goal %-2d  %-58s  %8.4g %-28s (%s %g)  %s\n", goal, what.c_str(), figure, unit,
              at_least ? "≥" : "≤", target, verdict.c_str());
}

inline void print_not_measured(int goal, const std::string& what, const std::string& why) {
  std::printf("goal %-2d  %-58s  not measured: %s\n", goal, what.c_str(), why.c_str());
}

/// A figure without a target, for the reader.
inline void print_figure(const std::string& what, double figure, const char* unit) {
  std::printf("         %-58s  %8.4g %s\n", what.c_str(), figure, unit);
}

}  // namespace earthshine::bench
