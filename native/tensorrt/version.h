#pragma once

#include <cstdint>
#include <string>

namespace jetson_vla::tensorrt {

/// major × 10000 + minor × 100 + patch, whichever scheme TensorRT used: 8.x counts its major in thousands.
inline std::int32_t normalised_version(std::int32_t reported) {
  if (reported >= 100000 || reported < 1000) return reported;
  return reported / 1000 * 10000 + reported % 1000;
}

/// The same version in the scheme that a library of that major reports and takes.
inline std::int32_t reported_version(std::int32_t version) {
  return version < 100000 ? version / 10000 * 1000 + version % 10000 : version;
}

/// Such as "10.3.0".
inline std::string version_text(std::int32_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

}  // namespace jetson_vla::tensorrt
