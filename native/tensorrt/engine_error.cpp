#include "engine_error.h"

#include <strings.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace jetson_vla::tensorrt {
namespace {

/// Texts that TensorRT 8.5 … 11 write, in the order in which they are looked for: the generic ones, which
/// accompany the telling ones, come last.
struct Rule {
  ErrorCode code;
  const char* reason;
  const char* hint;
  std::array<const char*, 8> texts;
};

constexpr const char* kRebuild = "Build it again on this machine: npx jetson-vla build model.onnx";
constexpr const char* kFreeMemory =
    "Free GPU memory (other processes, other engines), or build a smaller engine: npx jetson-vla build "
    "model.onnx with a lower precision or a smaller workspace.";

constexpr Rule kOutOfMemory = {
    ErrorCode::kOutOfDeviceMemory,
    "the GPU has too little free memory",
    kFreeMemory,
    {"out of memory", "OutOfMemory", "could not be allocated", "OUT_OF_MEMORY", "cudaErrorMemoryAllocation"}};

constexpr Rule kEngineRules[] = {
    kOutOfMemory,
    {ErrorCode::kEngineDeviceMismatch,
     "it was built for another GPU or platform",
     kRebuild,
     {"incompatible device", "expecting compute", "but got compute capability", "expected compute capability",
      "Platform specific tag mismatch", "expectedPlatformTag"}},
    {ErrorCode::kEngineCorrupt,
     "it is not an engine, or it is damaged",
     "Check that the file is a TensorRT engine and was copied in full. An engine of a much older TensorRT "
     "looks the "
     "same. Build it again on this machine: npx jetson-vla build model.onnx",
     {"Magic tag does not match", "magicTag", "MAGIC_TAG", "maybe_magic", "empty blob",
      "empty memory buffer"}},
    {ErrorCode::kEngineVersionMismatch,
     "it was built by another version of TensorRT",
     kRebuild,
     {"Version tag does not match", "not compatible with this version of TensorRT",
      "expecting library version", "VersionRead ==", "old deserialization call on a newer plan",
      "incompatible serialization version", "StdArchiveInfo::versions[",
      "incompatible with the version of this library"}},
    {ErrorCode::kEngineVersionMismatch,
     "it was built with another version of CUDA's compiler",
     kRebuild,
     {"mismatch of libnvrtc version"}},
    {ErrorCode::kTensorRtFailed,
     "it carries code for the CPU, TensorRT's lean runtime, and such code is not run unasked",
     "If you trust where the file comes from, load it with the option tensorrt.hostCode; or build it "
     "without: npx "
     "jetson-vla build model.onnx",
     {"EngineHostCodeAllowed"}},
    {ErrorCode::kTensorRtFailed,
     "the lean runtime runs only engines that were built version-compatible",
     "Install the full TensorRT library, or build the engine with the option versionCompatible: npx "
     "jetson-vla build "
     "model.onnx",
     {"Unexpected call to stub"}},
    {ErrorCode::kTensorRtFailed,
     "it needs a TensorRT plugin that is not loaded",
     "Export the model without custom operators, then: npx jetson-vla build model.onnx",
     {"Plugin Registry", "IPluginCreator", "getPluginCreator", "plugin creator not found"}},
    {ErrorCode::kTensorRtFailed,
     "it was built for TensorRT's safety or DLA runtime",
     kRebuild,
     {"safety engine", "DLA_STANDALONE"}},
    {ErrorCode::kTensorRtFailed,
     "CUDA does not start",
     "Check the GPU driver: nvidia-smi, or on a Jetson that the JetPack release fits this TensorRT and that "
     "the "
     "process may use the GPU (in Docker: --runtime nvidia).",
     {"CUDA initialization failure", "driver version is insufficient", "no CUDA-capable device",
      "Cuda initialization failure"}},
    {ErrorCode::kEngineCorrupt,
     "it is damaged",
     "Check that the file was copied in full, or build it again on this machine: npx jetson-vla build "
     "model.onnx",
     {"Serialization assertion", "Serialization Error", "Error Code 1: Serialization", "valid plan stream",
      "HeaderEntries", "Not enough data to deserialize", "size of serialized engine", "BUFFER_CORRUPTION"}},
};

constexpr Rule kBuildRules[] = {
    kOutOfMemory,
    {ErrorCode::kEngineBuildFailed,
     "int8 needs the ranges of all values",
     "Give it an ONNX file with QuantizeLinear/DequantizeLinear nodes: npx jetson-vla quantize model.onnx. "
     "Calibration inside TensorRT is not offered: 11 has none any more.",
     {"Calibration failure", "scaling factor", "calibrator", "dynamic range"}},
    {ErrorCode::kEngineBuildFailed,
     "inputs of variable size need an optimisation profile",
     "Pass min, opt and max shapes for each input with a dynamic dimension.",
     {"no optimization profile has been defined", "optimization profile", "dynamic or shape inputs"}},
    {ErrorCode::kEngineBuildFailed,
     "this TensorRT does not support this GPU",
     "Install the TensorRT that belongs to this JetPack or driver.",
     {"Target GPU SM", "Unsupported SM"}},
};

bool contains(const std::string& line, const char* text) {
  const std::size_t length = std::char_traits<char>::length(text);
  for (std::size_t at = 0; at + length <= line.size(); ++at)
    if (::strncasecmp(line.c_str() + at, text, length) == 0) return true;
  return false;
}

bool matches(const Rule& rule, const std::string& line) {
  return std::any_of(rule.texts.begin(), rule.texts.end(),
                     [&line](const char* text) { return text != nullptr && contains(line, text); });
}

std::string quote(const std::vector<std::string>& lines) {
  if (lines.empty()) return kNoReason;
  constexpr std::size_t kMost = 4;
  std::string text = "TensorRT says:";
  for (std::size_t i = lines.size() > kMost ? lines.size() - kMost : 0; i < lines.size(); ++i)
    text += " \"" + lines[i] + "\"";
  return text;
}

template <std::size_t N>
Error classify(const Rule (&rules)[N], const std::string& attempt, const std::vector<std::string>& lines,
               ErrorCode otherwise) {
  for (const Rule& rule : rules)
    for (const std::string& line : lines)
      if (matches(rule, line))
        return {rule.code, attempt + ": " + rule.reason + ". " + quote({line}), rule.hint};
  return {otherwise, attempt + ". " + quote(lines)};
}

}  // namespace

Error engine_error(const std::string& attempt, const std::vector<std::string>& lines) {
  return classify(kEngineRules, attempt, lines, ErrorCode::kTensorRtFailed);
}

Error build_error(const std::string& attempt, const std::vector<std::string>& lines) {
  return classify(kBuildRules, attempt, lines, ErrorCode::kEngineBuildFailed);
}

}  // namespace jetson_vla::tensorrt
